package io.lighterage.cli;

import io.lighterage.peer.tls.TlsContext;
import io.lighterage.supernode.api.MountApi;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter umount}. */
@Command(
        name = "umount",
        description = "Ends what `lighter mount` mounted. Needs root.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class UnmountCommand implements Callable<Integer>, CommonOptions.Holder {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    @Parameters(index = "0", paramLabel = "DIR", description = "Where an image is mounted.")
    private Path directory;

    @Option(names = "--lazy", description = "Take a mount in use out of the tree now; it ends with its last use.")
    private boolean lazy;

    @Option(
            names = "--node",
            paramLabel = "URL",
            description = "The node. Default: ${DEFAULT-VALUE}.",
            defaultValue = StatusCommand.DEFAULT)
    private String node;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        URI base = new Settings().flag("node", node).require("node", Settings::url);
        String path = directory.toAbsolutePath().normalize().toString();
        String query = "?directory=" + URLEncoder.encode(path, StandardCharsets.UTF_8) + (lazy ? "&lazy=true" : "");
        Optional<TlsContext> opened = tls.open();
        try (Closing closing = new Closing()) {
            opened.ifPresent(closing::add);
            NodeClient client = closing.add(new NodeClient(base, opened));
            client.ask(client.request(MountApi.MOUNTS + query).DELETE().build(), answer -> {});
        }
        return 0;
    }
}
