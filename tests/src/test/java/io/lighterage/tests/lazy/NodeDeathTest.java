package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.TreeImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that is killed delays the reads of what it mounted, and fails none of them. */
class NodeDeathTest extends LazyTest {
    private static final int READERS = Integer.getInteger("lighterage.readers", 4);
    private static final int KILLS = Integer.getInteger("lighterage.kills", 3);
    private static final int BLOCK = 16 << 10;

    @BeforeEach
    void start() throws Exception {
        startNode(LazyScene.NO_PULL);
    }

    @Test
    void readsGoOnWithTheRightBytesWhenTheNodeIsKilledAgainAndAgain() throws Exception {
        Path mounted = scene.mountPoint("tree");
        node.mount(scene.reference(), mounted);
        byte[] content = TreeImage.original(TreeImage.BIG);
        AtomicBoolean enough = new AtomicBoolean();
        LongAdder reads = new LongAdder();
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                Random random = new Random(i);
                all.add(readers.submit(() -> {
                    readUntil(enough, mounted.resolve(TreeImage.BIG), content, random, reads);
                    return null;
                }));
            }
            for (int i = 0; i < KILLS; i++) {
                long before = reads.sum();
                Await.until(
                        () -> reads.sum() > before + 10, Duration.ofSeconds(60), () -> "nobody could read");
                node.process().killHard();
                node.process().start();
            }
            enough.set(true);
            for (Future<?> reader : all) {
                reader.get(60, TimeUnit.SECONDS);
            }
        } finally {
            enough.set(true);
            readers.shutdown();
        }
        assertThat(node.image().mounts()).hasSize(1);
        assertThat(Digest.of(Files.readAllBytes(mounted.resolve(TreeImage.BIG)))).isEqualTo(Digest.of(content));
        node.unmount(mounted);
        assertThat(mounted).isEmptyDirectory();
    }

    private static void readUntil(AtomicBoolean enough, Path file, byte[] content, Random random, LongAdder reads)
            throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        byte[] expected = new byte[BLOCK];
        try (FileChannel channel = FileChannel.open(file)) {
            while (!enough.get()) {
                int offset = random.nextInt(content.length / BLOCK) * BLOCK;
                block.clear();
                while (block.hasRemaining() && channel.read(block, offset + block.position()) >= 0) {
                    // Reads on until the block is full.
                }
                System.arraycopy(content, offset, expected, 0, BLOCK);
                assertThat(block.array()).as("%d bytes at %d", BLOCK, offset).isEqualTo(expected);
                reads.increment();
            }
        }
    }
}
