package io.lighterage.cli;

import io.lighterage.blockdev.image.ImageBuilder;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.blockdev.image.OciLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lighter image build}. */
@Command(
        name = "build",
        description = "Writes an image's whole block device, an EROFS, to a file.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class ImageBuildCommand implements Callable<Integer>, CommonOptions.Holder {
    private static final String TRANSPORT = "oci:";
    private static final double MIB = 1 << 20;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "oci:DIR[:TAG]", description = "The image, in an OCI image layout.")
    private String image;

    @Parameters(index = "1", paramLabel = "FILE", description = "Where to write; replaced once the device is whole.")
    private Path file;

    @Option(
            names = "--arch",
            paramLabel = "ARCH",
            description = "Which image of an index, such as arm64. Default: this machine's.")
    private String architecture = hostArchitecture();

    @Option(
            names = "--max-layer",
            paramLabel = "MIB",
            description = "Refuse layers of more MiB, uncompressed. Default: ${DEFAULT-VALUE}.",
            defaultValue = "131072")
    private long largestLayerMib;

    @Option(
            names = "--max-ratio",
            paramLabel = "N",
            description =
                    "Refuse layers of over 1 GiB that are compressed to less than 1/N. Default: ${DEFAULT-VALUE}.",
            defaultValue = "200")
    private int largestRatio;

    @Spec
    private CommandSpec spec;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        if (!image.startsWith(TRANSPORT) || image.length() == TRANSPORT.length()) {
            throw new ParameterException(spec.commandLine(), "an image is given as oci:DIR[:TAG], not " + image);
        }
        if (largestLayerMib < 1 || largestLayerMib > Long.MAX_VALUE >> 20 || largestRatio < 1) {
            throw new ParameterException(spec.commandLine(), "--max-layer and --max-ratio must be positive");
        }
        String location = image.substring(TRANSPORT.length());
        int colon = location.indexOf(':', location.lastIndexOf('/') + 1);
        // A directory may have a colon in its name; one that is there is meant.
        boolean tagged = colon > 0 && !Files.isDirectory(Path.of(location));
        OciLayout layout = new OciLayout(Path.of(tagged ? location.substring(0, colon) : location));
        Optional<String> tag = tagged ? Optional.of(location.substring(colon + 1)) : Optional.empty();
        LayerLimits limits = new LayerLimits(largestLayerMib << 20, largestRatio, LayerLimits.DEFAULT.entryBytes());
        OciLayout.Image found = layout.image(tag, architecture);
        ImageBuilder.Built built = new ImageBuilder(limits).build(layout, found, file);
        spec.commandLine().getOut().printf("%s: image %s, %d files, %.1f MiB, %.1f MiB of it metadata%n",
                file, found.manifest(), built.inodes(), built.length() / MIB, built.metadataLength() / MIB);
        spec.commandLine().getOut().flush();
        return 0;
    }

    private static String hostArchitecture() {
        String name = System.getProperty("os.arch");
        return name.equals("aarch64") ? "arm64" : name;
    }
}
