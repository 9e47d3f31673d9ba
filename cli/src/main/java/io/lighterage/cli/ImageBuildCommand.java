package io.lighterage.cli;

import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.blockdev.image.ImageBuilder;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.blockdev.image.OciLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter image build}. */
@Command(
        name = "build",
        description = "Writes an image's whole block device, an EROFS, to a file.")
final class ImageBuildCommand extends Subcommand {
    private static final String TRANSPORT = "oci:";
    private static final double MIB = 1 << 20;

    @Parameters(index = "0", paramLabel = "oci:DIR[:TAG]", description = "The image, in an OCI image layout.")
    private String image;

    @Parameters(index = "1", paramLabel = "FILE", description = "Where to write; replaced once the device is whole.")
    private Path file;

    @Option(
            names = "--arch",
            paramLabel = "ARCH",
            description = "Which image of an index, such as arm64. Default: this machine's.")
    private String architecture = Platform.host().architecture();

    @Mixin
    private final LayerOptions layers = new LayerOptions();

    @Override
    void run() throws Exception {
        if (!image.startsWith(TRANSPORT) || image.length() == TRANSPORT.length()) {
            throw wrongUsage("an image is given as oci:DIR[:TAG], not " + image);
        }
        String location = image.substring(TRANSPORT.length());
        int colon = location.indexOf(':', location.lastIndexOf('/') + 1);
        // A directory may have a colon in its name; one that is there is meant.
        boolean tagged = colon > 0 && !Files.isDirectory(Path.of(location));
        OciLayout layout = new OciLayout(Path.of(tagged ? location.substring(0, colon) : location));
        Optional<String> tag = tagged ? Optional.of(location.substring(colon + 1)) : Optional.empty();
        LayerLimits limits = LayerOptions.limits(layers.into(new Settings()));
        OciLayout.Image found = layout.image(tag, architecture);
        ImageBuilder.Built built = new ImageBuilder(limits).build(layout, found, file);
        out().printf("%s: image %s, %d files, %.1f MiB, %.1f MiB of it metadata%n",
                file, found.manifest(), built.inodes(), built.length() / MIB, built.metadataLength() / MIB);
    }
}
