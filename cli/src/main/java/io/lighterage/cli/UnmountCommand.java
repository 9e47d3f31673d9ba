package io.lighterage.cli;

import io.lighterage.supernode.api.MountApi;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter umount}. */
@Command(
        name = "umount",
        description = "Ends what `lighter mount` mounted. Needs root.")
final class UnmountCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "Where an image is mounted.")
    private Path directory;

    @Option(names = "--lazy", description = "Take a mount in use out of the tree now; it ends with its last use.")
    private boolean lazy;

    @Mixin
    private final NodeOption node = new NodeOption();

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    @Override
    void run() throws Exception {
        URI base = node.url();
        String path = directory.toAbsolutePath().normalize().toString();
        String query = "?directory=" + URLEncoder.encode(path, StandardCharsets.UTF_8) + (lazy ? "&lazy=true" : "");
        try (NodeClient client = new NodeClient(base, tls.config())) {
            client.ask(client.request(MountApi.MOUNTS + query).DELETE().build(), answer -> {});
        }
    }
}
