package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ErofsDeterminismProperties {
    @Property(tries = 20)
    void theSameTreeGivesTheSameBytes(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int entries)
            throws IOException {
        ErofsImage image = RandomTree.of(seed, entries).plan();
        byte[] metadata = Images.metadata(image);
        assertThat(metadata).hasSize((int) image.metadataLength());
        assertThat(metadata).isEqualTo(Images.metadata(image));
        assertThat(metadata).isEqualTo(Images.metadata(RandomTree.of(seed, entries).plan()));
    }
}
