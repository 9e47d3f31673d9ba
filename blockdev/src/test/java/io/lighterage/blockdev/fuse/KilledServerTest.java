package io.lighterage.blockdev.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.linux.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of a serving process. The property {@code lighterage.kills} says how often, 5 by default. */
@Timeout(600)
class KilledServerTest {
    private static final int LENGTH = 8 << 20;
    private static final int KILLS = Integer.getInteger("lighterage.kills", 5);
    private static final int READERS = 24;

    @TempDir
    Path data;

    private final MemorySegment content = TestDevice.content(LENGTH);
    private Process child;
    private BufferedReader output;

    @BeforeEach
    void needs() throws IOException {
        Host.needsRootAnd("/dev/fuse");
    }

    @AfterEach
    void leaveNothing() throws Exception {
        if (child != null) {
            kill();
            FuseTests.end(data);
        }
    }

    private void serve(long presentBytes, String delay) throws IOException {
        child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServingChild.class.getName(),
                        data.toString(),
                        Integer.toString(LENGTH),
                        Long.toString(presentBytes),
                        delay)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = child.inputReader();
        awaitLine(ServingChild.READY);
    }

    private void awaitLine(String line) throws IOException {
        String read = output.readLine();
        while (read != null && !read.equals(line)) {
            read = output.readLine();
        }
        assertThat(read).as("the child's output").isEqualTo(line);
    }

    /** SIGKILL. */
    private void kill() throws InterruptedException {
        child.destroyForcibly().waitFor();
    }

    @Test
    void readsThatWaitWhenTheServerIsKilledCompleteWithTheRightBytesUnderTheNext() throws Exception {
        serve(0, "never");
        Path file = data.resolve("devices").resolve(ServingChild.NAME);
        List<FutureTask<byte[]>> blocked = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            long offset = i * 300_000L;
            blocked.add(FuseTests.start(() -> FuseTests.read(file, offset, 100_000)));
        }
        awaitLine(Integer.toString(READERS));
        kill();
        // Once more, so that what was sent again is sent again.
        serve(0, "never");
        awaitLine(Integer.toString(READERS));
        kill();

        serve(LENGTH / 2, "10");

        for (int i = 0; i < READERS; i++) {
            assertThat(blocked.get(i).get(30, TimeUnit.SECONDS))
                    .isEqualTo(TestDevice.bytes(content, i * 300_000L, 100_000));
        }
    }

    @Test
    void noReadIsLostOrWrongHoweverOftenTheServerIsKilled() throws Exception {
        serve(LENGTH / 2, "20");
        Path file = data.resolve("devices").resolve(ServingChild.NAME);
        AtomicLong reads = new AtomicLong();
        List<FutureTask<Long>> readers = new ArrayList<>();
        AtomicBoolean enough = new AtomicBoolean();
        for (int i = 0; i < READERS; i++) {
            Random random = new Random(i);
            readers.add(FuseTests.start(() -> readUntil(enough::get, file, random, reads)));
        }
        Random moments = new Random();
        for (int i = 0; i < KILLS; i++) {
            long before = reads.get();
            int more = moments.nextInt(500);
            Host.await("reads go on", () -> reads.get() > before + more);
            kill();
            serve(LENGTH / 2, "20");
        }
        long before = reads.get();
        Host.await("reads go on", () -> reads.get() > before + READERS * 2);
        enough.set(true);

        for (FutureTask<Long> reader : readers) {
            assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
        }
    }

    /** Reads random ranges and compares; returns how many. */
    private long readUntil(BooleanSupplier enough, Path file, Random random, AtomicLong reads) throws IOException {
        long count = 0;
        try (FileChannel channel = FileChannel.open(file)) {
            while (!enough.getAsBoolean()) {
                int length = 1 + random.nextInt(200_000);
                int offset = random.nextInt(LENGTH - length);
                assertThat(FuseTests.read(channel, offset, length))
                        .isEqualTo(TestDevice.bytes(content, offset, length));
                reads.incrementAndGet();
                count++;
            }
        }
        return count;
    }
}
