package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.blockdev.mount.MountProgress;
import io.lighterage.supernode.api.MountAnswer;
import io.lighterage.supernode.api.MountApi;
import io.lighterage.supernode.api.MountRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lighter mount}. */
@Command(
        name = "mount",
        description = "Mounts an image through this host's node before it is here. Needs root.")
final class MountCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "The image, such as debian:12.")
    private String image;

    @Parameters(index = "1", paramLabel = "DIR", description = "An existing directory.")
    private Path directory;

    @Mixin
    private final NodeOption node = new NodeOption();

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    /** The progress that was printed last; the steps of one kind are on one line of a terminal. */
    private String printed = "";

    @Override
    void run() throws Exception {
        URI base = node.url();
        ImageStatus.Mount[] mounted = new ImageStatus.Mount[1];
        try (NodeClient client = new NodeClient(base, tls.config())) {
            MountRequest question = new MountRequest(image, directory.toAbsolutePath().normalize().toString());
            HttpRequest request = client.request(MountApi.MOUNTS)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new ObjectMapper().writeValueAsBytes(question)))
                    .build();
            client.ask(request, answer -> mounted[0] = take(answer, mounted[0]));
        }
        if (mounted[0] == null) {
            throw new IOException("the node at " + base + " ended before " + image + " was mounted");
        }
        out().println(image + " is mounted at " + mounted[0].directory()
                + (mounted[0].lazy() ? "" : ", all of it from local files"));
    }

    private ImageStatus.Mount take(MountAnswer answer, ImageStatus.Mount before) {
        if (answer.progress() != null) {
            print(answer.progress());
        }
        return answer.mounted() == null ? before : answer.mounted();
    }

    private void print(MountProgress progress) {
        String amount = progress.total() == 0
                ? ""
                : " " + Amounts.bytes(progress.done()) + " of " + Amounts.bytes(progress.total());
        String line = progress.step().name().toLowerCase(Locale.ROOT) + amount;
        if (!line.equals(printed)) {
            printed = line;
            err().println(line);
            err().flush();
        }
    }
}
