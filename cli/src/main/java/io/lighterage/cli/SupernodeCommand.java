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

    @Option(
            names = "--torrent",
            paramLabel = "HOST:PORT",
            description = "Give blobs and images of public repositories to BitTorrent clients here. Default: off.")
    private String torrent;

    @Option(
            names = "--torrent-private",
            paramLabel = "NAME[,NAME...]",
            description = "Private repositories that BitTorrent clients get too, "
                    + "such as registry.example.com/team/app.")
    private String torrentPrivate;

    @Option(
            names = "--torrent-limit",
            paramLabel = "RATE",
            description = "Bytes a second to send to BitTorrent clients at most, such as 20M. Default: no limit.")
    private String torrentLimit;

    @Option(
            names = "--torrent-connections",
            paramLabel = "COUNT",
            description = "BitTorrent clients connected at once at most. Default: 64.")
    private String torrentConnections;

    @Override
    void run() throws Exception {
        Daemon.run("supernode", () -> SupernodeProcess.start(configuration()));
    }

    SupernodeConfig configuration() {
        Settings settings = shared.settings(SupernodeConfig.SCALARS, SupernodeConfig.MAPS)
                .flag("http", http)
                .flag("exchange", exchange)
                .flag("lend-credentials", lendCredentials ? "true" : null)
                .flag("torrent", torrent)
                .flag("torrent-private", torrentPrivate)
                .flag("torrent-limit", torrentLimit)
                .flag("torrent-connections", torrentConnections);
        return SupernodeConfig.of(layers.into(settings));
    }
}
