package io.lighterage.cli;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.cli.progress.ProgressDisplay;
import io.lighterage.cli.progress.PullProgress;
import io.lighterage.peer.content.ImageReference;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter preheat}. */
@Command(
        name = "preheat",
        description =
                "Fetches an image into the datacenter, and with --lazy converts it to a device, before anybody asks.")
final class PreheatCommand extends Subcommand {
    private static final Duration DEADLINE = Duration.ofHours(6);

    @Parameters(index = "0", paramLabel = "IMAGE", description = "The image, such as debian:12.")
    private String image;

    @Option(names = "--supernode", paramLabel = "URL", required = true, description = "The datacenter's supernode.")
    private String supernode;

    @Option(names = "--lazy", description = "Convert it to a device, for lazy mounts.")
    private boolean lazy;

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH",
            description = "Which image of an index, such as linux/arm64. Default: this machine's.")
    private String platform;

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    @Override
    void run() throws Exception {
        Settings settings = new Settings().flag("supernode", supernode).flag("platform", platform);
        ImageReference reference = reference(image);
        Optional<Platform> chosen = settings.get("platform", Platform::parse);
        PullProgress shown = new PullProgress(lazy ? "convert" : "fetch");
        ConversionProgress end;
        try (PreheatClient client = new PreheatClient(settings.require("supernode", Settings::url), tls.config());
                ProgressDisplay display = ProgressDisplay.show(List.of(shown), out())) {
            end = client.await(
                    reference, chosen.orElse(Platform.host()), lazy, DEADLINE, progress -> show(progress, shown));
            show(end, shown);
            shown.finish();
        }
        out().println(reference + (lazy ? " is a device of " : " is here: ") + end.layers() + " layers, "
                + Amounts.bytes(end.totalBytes()) + " compressed");
    }

    private static void show(ConversionProgress progress, PullProgress shown) {
        shown.expect(progress.totalBytes());
        shown.add(Math.max(0, progress.bytes() - shown.received()));
    }
}
