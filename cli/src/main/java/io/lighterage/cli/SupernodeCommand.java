package io.lighterage.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter supernode}. */
@Command(
        name = "supernode",
        description = "Reads each blob from its registry once and gives it out to the nodes of a datacenter.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class SupernodeCommand implements Callable<Integer>, CommonOptions.Holder {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = "--data", paramLabel = "DIR", description = "Directory of its blobs.")
    private String data;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "Control API, metrics and mirror API. Default: 0.0.0.0:8100.")
    private String http;

    @Option(
            names = "--exchange",
            paramLabel = "HOST:PORT",
            description = "Where nodes connect for chunks. Default: 0.0.0.0:8101.")
    private String exchange;

    @Option(names = "--advertise", paramLabel = "HOST", description = "Host by which nodes reach it.")
    private String advertise;

    @Option(
            names = "--upstream",
            paramLabel = "NAME=URL",
            description = "Where the registry NAME is, such as localhost:5000=http://10.0.0.9:5000. Default: https://NAME.")
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
            description = "Bytes a second to send at most, such as 100M. Default: no limit.")
    private String uploadLimit;

    @Option(
            names = "--largest-layer",
            paramLabel = "SIZE",
            description = "Bytes that a layer may have at most when unpacked for a device, such as 20G. Default: 128 GiB.")
    private String largestLayer;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with these settings; flags win.")
    private Path config;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        return Daemon.run("supernode", () -> SupernodeProcess.start(configuration()));
    }

    SupernodeConfig configuration() {
        Settings settings = new Settings();
        if (config != null) {
            ConfigFile.read(config, SupernodeConfig.SCALARS, SupernodeConfig.MAPS, settings);
        }
        return SupernodeConfig.of(settings.flag("data", data)
                .flag("http", http)
                .flag("exchange", exchange)
                .flag("advertise", advertise)
                .flag("ca-file", caFile)
                .flag("docker-config", dockerConfig)
                .flag("upload-limit", uploadLimit)
                .flag("largest-layer", largestLayer)
                .flags("upstream", upstream));
    }
}
