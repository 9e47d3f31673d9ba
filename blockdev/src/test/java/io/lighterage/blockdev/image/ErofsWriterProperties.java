package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeContainer;

class ErofsWriterProperties {
    @BeforeContainer
    static void needsKernel() {
        ErofsMount.assumePossible();
    }

    @Property(tries = 60)
    void theKernelShowsTheTreeThatWasWritten(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int entries)
            throws IOException {
        Images.Sample sample = RandomTree.of(seed, entries);
        Path device = Files.createTempFile("lighterage", ".erofs");
        try {
            ErofsImage image = sample.plan();
            Images.writeDevice(image, sample.blobs(), device);
            assertThat(Files.size(device)).isEqualTo(image.deviceLength());
            assertThat(Images.fsck(device)).isEmpty();
            try (ErofsMount mount = new ErofsMount(device, "")) {
                TreeCheck.check(mount.path(), sample);
            }
        } finally {
            Files.delete(device);
        }
    }

    @Property(tries = 60)
    void theSameTreeGivesTheSameBytes(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int entries) throws IOException {
        ErofsImage image = RandomTree.of(seed, entries).plan();
        byte[] metadata = Images.metadata(image);
        assertThat(metadata).hasSize((int) image.metadataLength());
        assertThat(metadata).isEqualTo(Images.metadata(image));
        assertThat(metadata).isEqualTo(Images.metadata(RandomTree.of(seed, entries).plan()));
    }
}
