package io.lighterage.blockdev.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.device.DeviceConfig;
import io.lighterage.blockdev.linux.Host;
import io.lighterage.blockdev.linux.Tool;
import io.lighterage.peer.content.BlobInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class NbdClientsTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;

    @TempDir
    Path directory;

    private Path store;
    private Path copy;

    @BeforeEach
    void nameFiles() {
        store = directory.resolve("store");
        copy = directory.resolve("copy");
    }

    @Test
    void nbdinfoShowsWhatIsServed() throws Exception {
        try (ServedDevice served = ServedDevice.onTcp(store, 16, 64)) {
            String info = Tool.good(directory, "nbdinfo", served.uri());
            assertThat(info)
                    .contains("newstyle-fixed without TLS, using structured packets")
                    .contains("export-size: " + served.test.bytes.length)
                    .contains("base:allocation")
                    .contains("lighterage:local")
                    .contains("is_read_only: true")
                    .contains("can_multi_conn: true")
                    .contains("can_cache: true")
                    .contains("can_df: true")
                    .contains("block_size_maximum: 33554432");
            String list = Tool.good(directory, "nbdinfo", "--list", "nbd://127.0.0.1:" + served.port());
            assertThat(list).contains("export=\"" + ServedDevice.NAME + "\"");
        }
    }

    @Test
    void nbdinfoMapsWhatIsLocal() throws Exception {
        try (ServedDevice served = ServedDevice.onTcp(store, 16, 64)) {
            served.test.read(0, 1);
            served.test.read(2 * CHUNK, 1);
            String local = Tool.good(directory, "nbdinfo", "--map=lighterage:local", served.uri());
            String[] rows = local.lines().map(row -> row.trim().replaceAll(" +", " ")).toArray(String[]::new);
            int end = served.test.bytes.length;
            assertThat(rows[0]).startsWith("0 " + CHUNK + " 1");
            assertThat(rows[1]).startsWith(CHUNK + " " + (CHUNK - 512) + " 0");
            assertThat(rows[2]).startsWith((2 * CHUNK - 512) + " " + CHUNK + " 1");
            assertThat(rows[3]).startsWith((3 * CHUNK - 512) + " " + (end - 3 * CHUNK + 512) + " 0");
            assertThat(Tool.good(directory, "nbdinfo", "--map", served.uri())).contains("data").doesNotContain("hole");
        }
    }

    @Test
    void nbdcopyCopiesColdAndWarm() throws Exception {
        try (ServedDevice served = ServedDevice.onTcp(store, 16, 3000, 500)) {
            for (int i = 0; i < 2; i++) {
                Tool.good(directory, "nbdcopy", "--connections=4", "--requests=16", served.uri(), copy.toString());
                assertThat(Files.readAllBytes(copy)).isEqualTo(served.test.bytes);
                Files.delete(copy);
            }
            Host.await("end of leases", () -> served.leases.get() == 0);
        }
    }

    @Test
    void nbdcopyWorksOverAUnixSocket() throws Exception {
        Path socket = directory.resolve("nbd.sock");
        for (int i = 0; i < 2; i++) {
            try (ServedDevice served = new ServedDevice(
                    directory.resolve("store" + i),
                    new NbdAddress.Unix(socket),
                    DeviceConfig.DEFAULT,
                    NbdConfig.DEFAULT,
                    16,
                    700)) {
                Tool.good(
                        directory,
                        "nbdcopy",
                        "nbd+unix:///" + ServedDevice.NAME + "?socket=" + socket,
                        copy.toString());
                assertThat(Files.readAllBytes(copy)).isEqualTo(served.test.bytes);
                Files.delete(copy);
            }
            assertThat(socket).doesNotExist();
        }
    }

    @Test
    void qemuImgConvertsIt() throws Exception {
        try (ServedDevice served = ServedDevice.onTcp(store, 16, 700)) {
            assertThat(Tool.good(directory, "qemu-img", "info", served.uri())).contains("file format: raw");
            Tool.good(directory, "qemu-img", "convert", "-f", "raw", "-O", "raw", served.uri(), copy.toString());
            assertThat(Files.readAllBytes(copy)).isEqualTo(served.test.bytes);
        }
    }

    @Test
    void fioReadsItFromSeveralConnections() throws Exception {
        try (ServedDevice served = ServedDevice.onTcp(store, 16, 1000)) {
            String report = Tool.good(
                    directory,
                    "fio",
                    "--name=read",
                    "--ioengine=nbd",
                    "--uri=" + served.uri(),
                    "--rw=randread",
                    "--bs=4k",
                    "--size=" + served.test.bytes.length / 4096 * 4096,
                    "--iodepth=16",
                    "--numjobs=2",
                    "--group_reporting",
                    "--output-format=terse");
            assertThat(report.split(";")[4]).as("fio's error").isEqualTo("0");
        }
    }

    @Test
    void aReadThatCannotBeHadIsAnErrorToTheClient() throws Exception {
        try (ServedDevice served = new ServedDevice(store, new NbdAddress.Tcp("127.0.0.1", 0),
                new DeviceConfig(Duration.ofMillis(300), 0), NbdConfig.DEFAULT, 64)) {
            served.test.exchange.hold();
            Tool.Result result = Tool.run(directory, "nbdcopy", served.uri(), copy.toString());
            assertThat(result.status()).isNotZero();
            assertThat(result.err()).contains("Input/output error");
        }
    }

    @Test
    void anUnknownNameIsRefusedWithTheReason() throws Exception {
        try (ServedDevice served = ServedDevice.onTcp(store, 2)) {
            Tool.Result result = Tool.run(directory, "nbdinfo", "nbd://127.0.0.1:" + served.port() + "/nothing");
            assertThat(result.status()).isNotZero();
            assertThat(result.err()).contains("nothing");
        }
    }
}
