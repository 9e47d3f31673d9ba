package io.lighterage.blockdev.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.linux.Host;
import io.lighterage.blockdev.linux.MountTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FuseServerTest {
    private static final int LENGTH = 4 << 20;
    private static final int HALF = LENGTH / 2;

    @TempDir
    Path data;

    private final MemorySegment content = TestDevice.content(LENGTH);
    private FuseServer server;

    @BeforeEach
    void start() throws IOException {
        Host.needsRootAnd("/dev/fuse");
        server = FuseServer.start(settings());
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (server != null) {
            server.close();
            FuseTests.end(data);
        }
    }

    private FuseSettings settings() {
        return new FuseSettings(data, data.resolve("devices"), 2, 8 << 20, Duration.ofSeconds(20));
    }

    @Test
    void aFileHasTheDevicesBytesAtAnyOffsetAndLength() throws IOException {
        Path file = server.add("a", TestDevice.present(content), "");

        assertThat(Files.size(file)).isEqualTo(LENGTH);
        assertThat(Files.readAllBytes(file)).isEqualTo(TestDevice.bytes(content, 0, LENGTH));
        try (FileChannel channel = FileChannel.open(file)) {
            for (int[] range :
                    new int[][] {{0, 1}, {1, 4095}, {4095, 2}, {12_345, 700_001}, {LENGTH - 3, 3}, {7, 1 << 20}}) {
                assertThat(FuseTests.read(channel, range[0], range[1]))
                        .isEqualTo(TestDevice.bytes(content, range[0], range[1]));
            }
            ByteBuffer beyond = ByteBuffer.allocate(100);
            assertThat(channel.read(beyond, LENGTH - 10)).isEqualTo(10);
            assertThat(channel.read(beyond, LENGTH)).isEqualTo(-1);
            assertThat(channel.read(beyond, LENGTH + 1_000_000L)).isEqualTo(-1);
        }
    }

    @Test
    void aFileCanBeMapped() throws IOException {
        Path file = server.add("a", TestDevice.gated(content, HALF, new CountDownLatch(0)), "");

        try (FileChannel channel = FileChannel.open(file)) {
            byte[] mapped = new byte[LENGTH];
            channel.map(FileChannel.MapMode.READ_ONLY, 0, LENGTH).get(mapped);
            assertThat(mapped).isEqualTo(TestDevice.bytes(content, 0, LENGTH));
        }
    }

    @Test
    void filesComeAndGoInTheListing() throws IOException {
        for (int i = 0; i < 300; i++) {
            server.add("device-" + i, TestDevice.present(content), "");
        }
        assertThat(list()).hasSize(300).contains("device-0", "device-299");

        server.remove("device-7");

        assertThat(list()).hasSize(299).doesNotContain("device-7");
        assertThat(server.names()).hasSize(299);
        assertThatThrownBy(() -> Files.size(server.path("never"))).isInstanceOf(NoSuchFileException.class);
        assertThat(Files.getFileStore(data.resolve("devices")).getTotalSpace()).isEqualTo(299L * LENGTH);
    }

    private List<String> list() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("devices"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void threeHundredBlockedReadersLeaveAReaderOfPresentBytesAlone() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Path file = server.add("a", TestDevice.gated(content, HALF, gate), "");
        List<FutureTask<byte[]>> blocked = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int offset = HALF + i * 4096;
            blocked.add(FuseTests.start(() -> FuseTests.read(file, offset, 4096)));
        }
        Host.await("300 readers wait", () -> server.waiting() == 300);

        for (int i = 0; i < 1000; i++) {
            assertThat(FuseTests.read(file, i * 1999, 512)).isEqualTo(TestDevice.bytes(content, i * 1999, 512));
        }

        assertThat(server.waiting()).isEqualTo(300);
        gate.countDown();
        for (int i = 0; i < 300; i++) {
            assertThat(blocked.get(i).get(30, TimeUnit.SECONDS))
                    .isEqualTo(TestDevice.bytes(content, HALF + i * 4096, 4096));
        }
    }

    @Test
    void readsBeyondTheBytesInFlightWaitTheirTurnAndAllComplete() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Path file = server.add("a", TestDevice.gated(content, 0, gate), "");
        List<FutureTask<byte[]>> reads = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            reads.add(FuseTests.start(() -> FuseTests.read(file, 0, 1 << 20)));
        }
        Host.await("all readers wait", () -> server.waiting() >= 24);

        gate.countDown();

        for (FutureTask<byte[]> read : reads) {
            assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(TestDevice.bytes(content, 0, 1 << 20));
        }
    }

    @Test
    void aReadThatFailsIsAnErrorAndNothingElse() throws IOException {
        Path file = server.add("a", new TestDevice(content, HALF, offset -> {
            throw new IOException("nobody has it");
        }), "");

        assertThatThrownBy(() -> FuseTests.read(file, HALF, 4096))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Input/output");
        assertThat(FuseTests.read(file, 0, 4096)).isEqualTo(TestDevice.bytes(content, 0, 4096));
    }

    @Test
    void removingAFileEndsItsWaitingReads() throws Exception {
        Path file = server.add("a", TestDevice.gated(content, HALF, new CountDownLatch(1)), "");
        FutureTask<byte[]> blocked = FuseTests.start(() -> FuseTests.read(file, HALF, 4096));
        Host.await("a reader waits", () -> server.waiting() == 1);

        server.remove("a");

        assertThatThrownBy(() -> blocked.get(30, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void namesThatAreTakenOrNotAllowedAreRefused() throws IOException {
        server.add("a", TestDevice.present(content), "");

        assertThatThrownBy(() -> server.add("a", TestDevice.present(content), ""))
                .hasMessageContaining("served already");
        assertThatThrownBy(() -> server.add("../a", TestDevice.present(content), "")).hasMessageContaining("'../a'");
        assertThatThrownBy(() -> server.add("", TestDevice.present(content), ""))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aReadThatWaitsWhenTheServerClosesIsAnsweredByTheNext() throws Exception {
        Path file = server.add("a", TestDevice.gated(content, HALF, new CountDownLatch(1)), "how to open a");
        long inode = (long) Files.getAttribute(file, "unix:ino");
        FutureTask<byte[]> blocked = FuseTests.start(() -> FuseTests.read(file, HALF, 4096));
        Host.await("a reader waits", () -> server.waiting() == 1);
        server.close();

        server = FuseServer.start(settings());

        assertThat(server.awaited()).isEqualTo(Map.of("a", "how to open a"));
        assertThat((long) Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
        Host.await("the reader waits again", () -> server.waiting() == 1);
        assertThatThrownBy(() -> server.add("a", TestDevice.present(TestDevice.content(4096)), ""))
                .hasMessageContaining("4096");
        server.add("a", TestDevice.present(content), "");
        assertThat(blocked.get(30, TimeUnit.SECONDS)).isEqualTo(TestDevice.bytes(content, HALF, 4096));
        assertThat(server.awaited()).isEmpty();
    }

    @Test
    void aHolderThatDiesIsReplacedAndTheNextServerFindsTheNewOne() throws Exception {
        Path file = server.add("a", TestDevice.present(content), "");
        Holder first = FuseState.read(data).orElseThrow().holder();

        first.end();

        Host.await("another holder is known", () -> !FuseState.read(data).orElseThrow().holder().equals(first));
        server.close();
        server = FuseServer.start(settings());
        server.add("a", TestDevice.present(content), "");
        assertThat(FuseTests.read(file, 5, 10)).isEqualTo(TestDevice.bytes(content, 5, 10));
    }

    @Test
    void whenServerAndHolderDiedTheNextServerCleansUpAndBeginsAnew() throws Exception {
        Path file = server.add("a", TestDevice.present(content), "");
        Holder holder = FuseState.read(data).orElseThrow().holder();
        server.close();
        holder.end();
        assertThatThrownBy(() -> Files.size(file)).isInstanceOf(IOException.class);

        server = FuseServer.start(settings());

        assertThat(server.awaited()).isEmpty();
        assertThat(list()).isEmpty();
        assertThat(MountTable.read().stream().filter(entry -> entry.target().startsWith(data))).hasSize(1);
    }

    @Test
    void unmountEndsFileSystemHolderAndState() throws IOException {
        server.add("a", TestDevice.present(content), "");
        Holder holder = FuseState.read(data).orElseThrow().holder();

        server.unmount();

        assertThat(MountTable.at(data.resolve("devices"))).isEmpty();
        assertThat(holder.take()).isEmpty();
        assertThat(FuseState.read(data)).isEmpty();
        assertThatThrownBy(() -> server.add("b", TestDevice.present(content), ""))
                .hasMessageContaining("no longer served");
    }

    @Test
    void unmountOfABusyFileSystemNamesItAndServesOn() throws IOException {
        Path file = server.add("a", TestDevice.present(content), "");
        try (FileChannel channel = FileChannel.open(file)) {
            assertThatThrownBy(server::unmount)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(data.resolve("devices").toString());
            assertThat(FuseTests.read(channel, 0, 100)).isEqualTo(TestDevice.bytes(content, 0, 100));
        }
    }

    @Test
    void aFileSystemThatSomebodyElseUnmountsEndsItsHolder() throws Exception {
        Holder holder = FuseState.read(data).orElseThrow().holder();

        Host.unmountAll(data);

        Callable<Boolean> ended = () -> holder.take().isEmpty() && FuseState.read(data).isEmpty();
        Host.await("holder and state are gone", ended);
    }
}
