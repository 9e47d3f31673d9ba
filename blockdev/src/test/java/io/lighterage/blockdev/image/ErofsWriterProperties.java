package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;

class ErofsWriterProperties {
    @Property(tries = 60)
    @AddLifecycleHook(ErofsMount.Skipped.class)
    void theKernelShowsTheTreeThatWasWritten(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int entries)
            throws IOException {
        ErofsMount.assumePossible();
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
}
