package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

class ChunkPackerTest {
    @Test
    void manySmallChunksMayWaitAndFewLargeOnes() {
        int small = reservations(64 << 10);
        int large = reservations(1 << 20);

        assertThat(small).isGreaterThanOrEqualTo(32).isEqualTo(16 * large);
        assertThat(reservations(1 << 30)).as("one that is larger than all the room").isOne();
    }

    private static int reservations(int length) {
        OutgoingChunk chunk = new OutgoingChunk(
                1, Digest.of(new byte[0]), 0, Priority.PREFETCH, null, 0, length, sent -> {});
        int count = 0;
        try (ChunkPacker packer = new ChunkPacker(ByteBufAllocator.DEFAULT)) {
            while (packer.tryReserve(chunk)) {
                count++;
            }
        }
        return count;
    }
}
