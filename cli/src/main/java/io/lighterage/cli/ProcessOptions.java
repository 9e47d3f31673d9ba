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
            paramLabel = "NAME=URL",
            description =
                    "Where the registry NAME is, such as localhost:5000=http://10.0.0.9:5000; a node needs it for "
                            + "when its supernode is away. Default: https://NAME.")
    private List<String> upstream;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "PEM file of certificate authorities to trust for registries besides the usual ones.")
    private String caFile;

    @Option(
            names = "--docker-config",
            paramLabel = "FILE",
            description = "Docker config.json with credentials for registries.")
    private String dockerConfig;

    @Option(
            names = "--upload-limit",
            paramLabel = "RATE",
            description = "Bytes a second to send to others at most, such as 100M. Default: no limit.")
    private String uploadLimit;

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
                .flag("upload-limit", uploadLimit)
                .flag("tls-cert", tlsCert)
                .flag("tls-key", tlsKey)
                .flag("tls-ca", tlsCa)
                .flags("upstream", upstream)
                .flags(SecurityConfig.UPSTREAM, "CERT,KEY", upstreamCert);
    }
}
