package io.lighterage.cli;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.cli.progress.ProgressDisplay;
import io.lighterage.cli.progress.PullProgress;
import io.lighterage.peer.content.ImageReference;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter preheat}. */
@Command(
        name = "preheat",
        description =
                "Fetches an image into the datacenter, and with --lazy converts it to a device, before anybody asks.")
final class PreheatCommand extends Subcommand {
    private static final Duration DEADLINE = Duration.ofHours(6);

    @Mixin
    private final SupernodeImageOptions of = new SupernodeImageOptions();

    @Option(names = "--lazy", description = "Convert it to a device, for lazy mounts.")
    private boolean lazy;

    @Override
    void run() throws Exception {
        ImageReference reference = of.image(this);
        Platform platform = of.platform();
        PullProgress shown = new PullProgress(lazy ? "convert" : "fetch");
        ConversionProgress end;
        try (PreheatClient client = new PreheatClient(of.supernode(), of.tls());
                ProgressDisplay display = ProgressDisplay.show(List.of(shown), out())) {
            end = client.await(reference, platform, lazy, DEADLINE, progress -> show(progress, shown));
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
