package io.lighterage.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter supernode}. */
@Command(
        name = "supernode",
        description = "Reads each blob from its registry once and gives it out to the nodes of a datacenter.")
final class SupernodeCommand extends Subcommand {
    @Mixin
    private final ProcessOptions shared = new ProcessOptions();

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

    @Mixin
    private final LayerOptions layers = new LayerOptions();

    @Option(
            names = "--lend-credentials",
            description =
                    "Let clients that send no credentials read what those of --docker-config may read. Default: no.")
    private boolean lendCredentials;

    @Override
    void run() throws Exception {
        Daemon.run("supernode", () -> SupernodeProcess.start(configuration()));
    }

    SupernodeConfig configuration() {
        Settings settings = shared.settings(SupernodeConfig.SCALARS, SupernodeConfig.MAPS)
                .flag("http", http)
                .flag("exchange", exchange)
                .flag("lend-credentials", lendCredentials ? "true" : null);
        return SupernodeConfig.of(layers.into(settings));
    }
}
