package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkPackerTest {
    @Test
    void manySmallChunksMayWaitAndFewLargeOnes() {
        int small = reservations(64 << 10);
        int large = reservations(1 << 20);

        assertThat(small).isGreaterThanOrEqualTo(32).isEqualTo(16 * large);
        assertThat(reservations(1 << 30)).as("one that is larger than all the room").isOne();
    }

    @Test
    void thoroughlyPackedIsSmallerUnlessMuchWaits(@TempDir Path directory) throws Exception {
        try (TestBlob blob = new TestBlob(directory, words(64 << 10));
                ChunkPacker packer = new ChunkPacker(ByteBufAllocator.DEFAULT)) {
            int fast = packed(packer, chunk(blob), false);
            assertThat(packed(packer, chunk(blob), true)).isLessThan(fast);

            OutgoingChunk waiting = chunk(blob);
            for (int i = 0; i < 31; i++) {
                assertThat(packer.tryReserve(waiting)).isTrue();
            }
            assertThat(packed(packer, chunk(blob), true)).as("others wait").isEqualTo(fast);
        }
    }

    private static byte[] words(int length) {
        SplittableRandom random = new SplittableRandom(3);
        ByteBuffer text = ByteBuffer.allocate(length);
        while (text.remaining() >= 5) {
            text.put("abcdefghijklmnop".getBytes(StandardCharsets.US_ASCII), random.nextInt(12), random.nextInt(2, 5));
            text.put((byte) ' ');
        }
        return text.array();
    }

    private static OutgoingChunk chunk(TestBlob blob) {
        return new OutgoingChunk(
                1, blob.digest, 0, Priority.PREFETCH, blob.open(), 0, blob.content.length, sent -> {});
    }

    /** The length of the frame that is made of {@code chunk}. */
    private static int packed(ChunkPacker packer, OutgoingChunk chunk, boolean thorough) throws Exception {
        CompletableFuture<Integer> length = new CompletableFuture<>();
        assertThat(packer.tryReserve(chunk)).isTrue();
        packer.pack(chunk, thorough, (frame, failure) -> {
            length.complete(frame.orElseThrow().readableBytes());
            frame.orElseThrow().release();
        });
        return length.get(10, TimeUnit.SECONDS);
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
