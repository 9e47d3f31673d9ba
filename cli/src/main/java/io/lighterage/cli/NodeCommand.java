package io.lighterage.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter node}. */
@Command(
        name = "node",
        description = "The registry mirror of this host; exchanges blobs with other nodes and the supernode.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class NodeCommand implements Callable<Integer>, CommonOptions.Holder {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = "--data", paramLabel = "DIR", description = "Directory of its blobs.")
    private String data;

    @Option(names = "--supernode", paramLabel = "URL", description = "The supernode, such as http://10.0.0.1:8100.")
    private String supernode;

    @Option(
            names = "--mirror",
            paramLabel = "HOST:PORT",
            description = "Where this host's engines pull from. Default: 127.0.0.1:8102.")
    private String mirror;

    @Option(
            names = "--exchange",
            paramLabel = "HOST:PORT",
            description = "Where other nodes connect for chunks. Default: 0.0.0.0:8103.")
    private String exchange;

    @Option(names = "--advertise", paramLabel = "HOST", description = "Host by which other nodes reach it.")
    private String advertise;

    @Option(names = "--rack", paramLabel = "NAME", description = "The rack it stands in; peers in it come first.")
    private String rack;

    @Option(names = "--zone", paramLabel = "NAME", description = "The zone it stands in.")
    private String zone;

    @Option(
            names = "--upstream",
            paramLabel = "NAME=URL",
            description = "Where the registry NAME is, for when the supernode is away. Default: https://NAME.")
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
            description = "Bytes a second to send to others at most, such as 20M. Default: no limit.")
    private String uploadLimit;

    @Option(
            names = "--prefetch-delay",
            paramLabel = "SECONDS",
            description = "How long after a mount the rest of the image begins to be pulled. Default: 1.")
    private String prefetchDelay;

    @Option(
            names = "--prefetch-limit",
            paramLabel = "RATE",
            description = "Bytes a second at which the rest of a mounted image is pulled, such as 20M. Default: no limit.")
    private String prefetchLimit;

    @Option(
            names = "--read-deadline",
            paramLabel = "SECONDS",
            description = "After how long a read of bytes that cannot be had ends with an error. Default: 30.")
    private String readDeadline;

    @Option(
            names = "--nbd",
            paramLabel = "ADDRESS",
            description = "Serve images as network block devices on HOST:PORT or unix:PATH. Default: not at all.")
    private String nbd;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with these settings; flags win.")
    private Path config;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        return Daemon.run("node", () -> NodeProcess.start(configuration()));
    }

    NodeConfig configuration() {
        Settings settings = new Settings();
        if (config != null) {
            ConfigFile.read(config, NodeConfig.SCALARS, NodeConfig.MAPS, settings);
        }
        return NodeConfig.of(settings.flag("data", data)
                .flag("supernode", supernode)
                .flag("mirror", mirror)
                .flag("exchange", exchange)
                .flag("advertise", advertise)
                .flag("rack", rack)
                .flag("zone", zone)
                .flag("ca-file", caFile)
                .flag("docker-config", dockerConfig)
                .flag("upload-limit", uploadLimit)
                .flag("prefetch-delay", prefetchDelay)
                .flag("prefetch-limit", prefetchLimit)
                .flag("read-deadline", readDeadline)
                .flag("nbd", nbd)
                .flags("upstream", upstream));
    }
}
