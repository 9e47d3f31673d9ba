package io.lighterage.cli;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.cli.progress.ProgressDisplay;
import io.lighterage.cli.progress.PullProgress;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.tls.TlsContext;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lighter preheat}. */
@Command(
        name = "preheat",
        description = "Fetches an image into the datacenter, and with --lazy converts it to a device, before anybody asks.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class PreheatCommand implements Callable<Integer>, CommonOptions.Holder {
    private static final Duration DEADLINE = Duration.ofHours(6);

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

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

    @Spec
    private CommandSpec spec;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        Settings settings = new Settings().flag("supernode", supernode).flag("platform", platform);
        ImageReference reference = reference();
        Optional<Platform> chosen = settings.get("platform", Platform::parse);
        PrintWriter out = spec.commandLine().getOut();
        PullProgress shown = new PullProgress(lazy ? "convert" : "fetch");
        ConversionProgress end;
        Optional<TlsContext> opened = tls.open();
        try (Closing closing = new Closing();
                ProgressDisplay display = ProgressDisplay.show(List.of(shown), out)) {
            opened.ifPresent(closing::add);
            PreheatClient client = closing.add(new PreheatClient(settings.require("supernode", Settings::url), opened));
            end = client.await(reference, chosen.orElse(Platform.host()), lazy, DEADLINE, progress -> show(progress, shown));
            show(end, shown);
            shown.finish();
        }
        out.println(reference + (lazy ? " is a device of " : " is here: ") + end.layers() + " layers, "
                + Amounts.bytes(end.totalBytes()) + " compressed");
        out.flush();
        return 0;
    }

    private ImageReference reference() {
        try {
            return ImageReference.parse(image);
        } catch (InvalidReferenceException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private static void show(ConversionProgress progress, PullProgress shown) {
        shown.expect(progress.totalBytes());
        shown.add(Math.max(0, progress.bytes() - shown.received()));
    }
}
