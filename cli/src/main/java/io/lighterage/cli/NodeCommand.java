package io.lighterage.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter node}. */
@Command(
        name = "node",
        description = "The registry mirror of this host; exchanges blobs with other nodes and the supernode.")
final class NodeCommand extends Subcommand {
    @Mixin
    private final ProcessOptions shared = new ProcessOptions();

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

    @Option(names = "--rack", paramLabel = "NAME", description = "The rack it stands in; peers in it come first.")
    private String rack;

    @Option(names = "--zone", paramLabel = "NAME", description = "The zone it stands in.")
    private String zone;

    @Option(
            names = "--prefetch-delay",
            paramLabel = "SECONDS",
            description = "How long after a mount the rest of the image begins to be pulled. Default: 1.")
    private String prefetchDelay;

    @Option(
            names = "--prefetch-limit",
            paramLabel = "RATE",
            description = "Bytes a second at which the rest of a mounted image is pulled, such as 20M. "
                    + "Default: no limit.")
    private String prefetchLimit;

    @Option(
            names = "--no-traces",
            description = "Neither record what containers read when they start nor fetch it ahead of the next one."
                    + " Default: both.")
    private boolean noTraces;

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

    @Option(
            names = "--snapshotter",
            paramLabel = "SOCKET",
            description = "Serve containerd's snapshots on this Unix socket, so that its containers start before their"
                    + " image is here. Default: not at all.")
    private String snapshotter;

    @Option(
            names = "--lazy-wait",
            paramLabel = "SECONDS",
            description = "How long a pull waits for an image's device before it goes on as an ordinary pull."
                    + " Default: 5.")
    private String lazyWait;

    @Option(
            names = "--mirror-tls-cert",
            paramLabel = "FILE",
            description = "PEM file of the certificate that the mirror shows to engines. Default: plain HTTP.")
    private String mirrorTlsCert;

    @Option(
            names = "--mirror-tls-key",
            paramLabel = "FILE",
            description = "PEM file of that certificate's private key.")
    private String mirrorTlsKey;

    @Option(
            names = "--mirror-tls-ca",
            paramLabel = "FILE",
            description = "PEM file of an authority; engines without a certificate of it are refused."
                    + " Default: none needed.")
    private String mirrorTlsCa;

    @Override
    void run() throws Exception {
        Daemon.run("node", () -> NodeProcess.start(configuration()));
    }

    NodeConfig configuration() {
        return NodeConfig.of(shared.settings(NodeConfig.SCALARS, NodeConfig.MAPS)
                .flag("supernode", supernode)
                .flag("mirror", mirror)
                .flag("exchange", exchange)
                .flag("rack", rack)
                .flag("zone", zone)
                .flag("prefetch-delay", prefetchDelay)
                .flag("prefetch-limit", prefetchLimit)
                .flag("traces", noTraces ? "false" : null)
                .flag("read-deadline", readDeadline)
                .flag("mirror-tls-cert", mirrorTlsCert)
                .flag("mirror-tls-key", mirrorTlsKey)
                .flag("mirror-tls-ca", mirrorTlsCa)
                .flag("nbd", nbd)
                .flag("snapshotter", snapshotter)
                .flag("lazy-wait", lazyWait));
    }
}
