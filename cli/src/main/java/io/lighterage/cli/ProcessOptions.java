package io.lighterage.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** The options that a supernode and a node share. */
final class ProcessOptions {
    @Option(names = "--data", paramLabel = "DIR", description = "Directory of its blobs.")
    private String data;

    @Option(
            names = "--advertise",
            paramLabel = "HOST",
            description = "Host by which others reach it, if not the one that it listens on.")
    private String advertise;

    @Option(
            names = "--upstream",
            paramLabel = "NAME=URL[,URL]",
            description =
                    "Where the registry NAME is, such as localhost:5000=http://10.0.0.9:5000; of several URLs the "
                            + "next is asked where one fails or lacks the image. A node needs it for when its "
                            + "supernode is away. Default: https://NAME.")
    private List<String> upstream;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "PEM file of certificate authorities to trust for registries besides the usual ones.")
    private String caFile;

    @Option(
            names = "--docker-config",
            paramLabel = "FILE",
            description =
                    "Docker config.json with credentials for registries: of a node for the clients of its host, of a "
                    + "supernode for what it fetches by itself.")
    private String dockerConfig;

    @Option(
            names = "--default-registry",
            paramLabel = "NAME",
            description =
                    "The registry of requests that name none, and as which /v2/ answers, so that clients log in to it. "
                    + "Default: docker.io, and /v2/ asks nobody to log in.")
    private String defaultRegistry;

    @Option(
            names = "--offline-access",
            paramLabel = "SECONDS",
            description =
                    "How long a client that a registry let in goes on reading what is cached while the registry cannot "
                    + "be asked. Default: 604800.")
    private String offlineAccess;

    @Option(
            names = "--upload-limit",
            paramLabel = "RATE",
            description = "Bytes a second to send to others at most, such as 100M. Default: no limit.")
    private String uploadLimit;

    @Option(
            names = "--push-through",
            paramLabel = "NAME[,NAME]",
            description = "Registries to which pushes are passed on. Default: none, pushes are refused.")
    private String pushThrough;

    @Option(
            names = "--tag-lifetime",
            paramLabel = "SECONDS",
            description = "How long a tag is believed before the registry is asked again. Default: 60.")
    private String tagLifetime;

    @Option(
            names = "--stale-limit",
            paramLabel = "SECONDS",
            description = "How long a tag is served while its registry cannot answer. Default: 604800, a week.")
    private String staleLimit;

    @Option(
            names = "--upstream-cert",
            paramLabel = "NAME=CERT,KEY",
            description = "PEM files of a certificate and its key to show to the registry NAME.")
    private List<String> upstreamCert;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "PEM file of this host's certificate. With --tls-key and --tls-ca, nodes and supernode speak"
                    + " with "
                    + "nobody who has no certificate of that authority. Default: plain connections.")
    private String tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM file of that certificate's private key.")
    private String tlsKey;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "PEM file of the authority of the certificates of nodes and supernode.")
    private String tlsCa;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with these settings; flags win.")
    private Path config;

    /**
     * What the file says, if there is one, and what these flags say.
     *
     * @param scalars keys with one value that the file may have
     * @param maps keys with a map that the file may have
     */
    Settings settings(Set<String> scalars, Set<String> maps) {
        Settings settings = new Settings();
        if (config != null) {
            ConfigFile.read(config, scalars, maps, settings);
        }
        return settings.flag("data", data)
                .flag("advertise", advertise)
                .flag("ca-file", caFile)
                .flag("docker-config", dockerConfig)
                .flag("default-registry", defaultRegistry)
                .flag("offline-access", offlineAccess)
                .flag("upload-limit", uploadLimit)
                .flag("push-through", pushThrough)
                .flag("tag-lifetime", tagLifetime)
                .flag("stale-limit", staleLimit)
                .flag("tls-cert", tlsCert)
                .flag("tls-key", tlsKey)
                .flag("tls-ca", tlsCa)
                .flags("upstream", upstream)
                .flags(SecurityConfig.UPSTREAM, "CERT,KEY", upstreamCert);
    }
}
