package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class InodeRoomsProperties {
    @Property(tries = 200)
    void roomsDoNotOverlapAndCrossNoBlockThatTheyNeedNot(@ForAll List<@IntRange(min = 32, max = 9000) Integer> sizes) {
        InodeRooms rooms = new InodeRooms();
        BitSet taken = new BitSet();
        for (int size : sizes) {
            int position = (int) rooms.take(size);
            assertThat(position % 32).isZero();
            assertThat(taken.get(position, position + size).isEmpty()).isTrue();
            taken.set(position, position + size);
            if (size <= 4096) {
                assertThat(position / 4096).isEqualTo((position + size - 1) / 4096);
            } else {
                assertThat(position % 4096).isZero();
            }
            assertThat(position + size).isLessThanOrEqualTo((int) rooms.blocks() * 4096);
        }
    }
}
