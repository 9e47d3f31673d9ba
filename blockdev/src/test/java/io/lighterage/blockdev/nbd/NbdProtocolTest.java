package io.lighterage.blockdev.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.device.DeviceConfig;
import io.lighterage.blockdev.linux.Host;
import io.lighterage.peer.content.BlobInfo;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class NbdProtocolTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    Path directory;

    private ServedDevice served;

    @BeforeEach
    void serve() throws Exception {
        served = new ServedDevice(directory, new NbdAddress.Tcp("127.0.0.1", 0), DeviceConfig.DEFAULT,
                new NbdConfig(SHORT, Duration.ofMinutes(1), Duration.ZERO, 64 << 20, 32), 16, 9000);
    }

    @AfterEach
    void stop() throws Exception {
        Host.await("end of all leases", () -> served.leases.get() == 0);
        served.close();
    }

    private RawClient greeted() throws Exception {
        return RawClient.greeted(served.port());
    }

    private RawClient transmitting(boolean structured, String... contexts) throws Exception {
        return RawClient.transmitting(served.port(), structured, contexts);
    }

    /** The error of a structured reply. */
    private static int error(RawClient.Chunk chunk) {
        assertThat(chunk.type()).isEqualTo(Nbd.REPLY_TYPE_ERROR);
        return ByteBuffer.wrap(chunk.payload()).getInt();
    }

    @Test
    void exportNameLeadsToSimpleReplies() throws Exception {
        try (RawClient client = new RawClient(served.port()).greet(Nbd.FLAG_FIXED_NEWSTYLE)) {
            client.option(Nbd.OPT_EXPORT_NAME, ServedDevice.NAME.getBytes(StandardCharsets.UTF_8));
            assertThat(client.in.readLong()).isEqualTo(served.test.bytes.length);
            assertThat(client.in.readUnsignedShort() & Nbd.TRANSMISSION_READ_ONLY).isNotZero();
            assertThat(client.in.readNBytes(Nbd.EXPORT_NAME_ZEROES)).containsOnly(0);
            client.request(0, Nbd.CMD_READ, 7, 4000, 100_000);
            assertThat(client.simple()).isEqualTo(new RawClient.Simple(0, 7));
            assertThat(client.in.readNBytes(100_000)).isEqualTo(served.test.expected(4000, 100_000));
            client.request(0, Nbd.CMD_READ, 8, served.test.bytes.length - 1, 2);
            assertThat(client.simple()).isEqualTo(new RawClient.Simple(Nbd.EINVAL, 8));
        }
    }

    @Test
    void tlsAndUnknownOptionsAreNotSupported() throws Exception {
        try (RawClient client = greeted()) {
            for (int option : new int[] {Nbd.OPT_STARTTLS, 4, 11, 12345, -1}) {
                client.option(option, (byte) 1, (byte) 2);
                assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_UNSUP);
            }
        }
    }

    @Test
    void malformedOptionsAreInvalidAndTheNextIsHeard() throws Exception {
        try (RawClient client = greeted()) {
            client.option(Nbd.OPT_LIST, (byte) 1);
            assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
            client.option(Nbd.OPT_GO, (byte) 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff);
            assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
            client.option(Nbd.OPT_SET_META_CONTEXT, RawClient.contexts("x", "base:allocation"));
            assertThat(client.optionReply().type()).as("without structured replies").isEqualTo(Nbd.REP_ERR_INVALID);
            client.option(Nbd.OPT_GO, RawClient.info("nothing"));
            assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_UNKNOWN);
            client.option(Nbd.OPT_GO, RawClient.info("broken"));
            RawClient.OptionReply broken = client.optionReply();
            assertThat(broken.type()).isEqualTo(Nbd.REP_ERR_UNKNOWN);
            assertThat(new String(broken.data(), StandardCharsets.UTF_8)).contains("its layers are lost");
            client.option(Nbd.OPT_ABORT);
            assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ACK);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void anOptionTooBigEndsTheConnection() throws Exception {
        try (RawClient client = greeted()) {
            client.out.writeLong(Nbd.OPTION_MAGIC);
            client.out.writeInt(Nbd.OPT_GO);
            client.out.writeInt(Integer.MAX_VALUE);
            assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_TOO_BIG);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void whoIsSilentInTheHandshakeIsDropped() throws Exception {
        try (RawClient client = new RawClient(served.port())) {
            assertThat(client.isClosed()).isTrue();
        }
        try (RawClient client = greeted()) {
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void contextsAreListedByNameAndNamespace() throws Exception {
        try (RawClient client = greeted()) {
            client.option(Nbd.OPT_STRUCTURED_REPLY);
            client.untilAck();
            client.option(Nbd.OPT_LIST_META_CONTEXT, RawClient.contexts(ServedDevice.NAME));
            assertThat(client.optionReply().data()).endsWith("base:allocation".getBytes(StandardCharsets.UTF_8));
            assertThat(client.optionReply().data()).endsWith("lighterage:local".getBytes(StandardCharsets.UTF_8));
            client.untilAck();
            client.option(Nbd.OPT_LIST_META_CONTEXT, RawClient.contexts(ServedDevice.NAME, "lighterage:", "qemu:"));
            assertThat(client.optionReply().data()).endsWith("lighterage:local".getBytes(StandardCharsets.UTF_8));
            client.untilAck();
        }
    }

    @Test
    void contextsOfAnotherExportDoNotCount() throws Exception {
        try (RawClient client = greeted()) {
            client.option(Nbd.OPT_STRUCTURED_REPLY);
            client.untilAck();
            client.option(Nbd.OPT_SET_META_CONTEXT, RawClient.contexts("other", "base:allocation"));
            client.untilAck();
            client.option(Nbd.OPT_GO, RawClient.info(ServedDevice.NAME));
            client.untilAck();
            client.request(0, Nbd.CMD_BLOCK_STATUS, 1, 0, 4096);
            assertThat(error(client.chunk())).isEqualTo(Nbd.EINVAL);
        }
    }

    @Test
    void oneExtentIsToldWhereOneIsAskedFor() throws Exception {
        served.test.read(0, 1);
        try (RawClient client = transmitting(true, "lighterage:local")) {
            client.request(Nbd.CMD_FLAG_REQ_ONE, Nbd.CMD_BLOCK_STATUS, 1, 100, 10 * CHUNK);
            ByteBuffer one = ByteBuffer.wrap(client.chunk().payload());
            assertThat(one.remaining()).isEqualTo(12);
            assertThat(one.getInt(4)).isEqualTo(CHUNK - 100);
            assertThat(one.getInt(8)).isEqualTo(MetaContext.STATUS_LOCAL);
            client.request(0, Nbd.CMD_BLOCK_STATUS, 2, 100, 10 * CHUNK);
            assertThat(client.chunk().payload()).hasSize(20);
        }
    }

    @Test
    void whatWouldChangeTheDeviceIsRefusedAndReadsGoOn() throws Exception {
        try (RawClient client = transmitting(true)) {
            client.request(0, Nbd.CMD_WRITE, 1, 0, 5000);
            client.out.write(new byte[5000]);
            assertThat(error(client.chunk())).isEqualTo(Nbd.EPERM);
            for (int type : new int[] {Nbd.CMD_TRIM, Nbd.CMD_WRITE_ZEROES, Nbd.CMD_RESIZE}) {
                client.request(0, type, 2, 0, 4096);
                assertThat(error(client.chunk())).isEqualTo(Nbd.EPERM);
            }
            client.request(0, Nbd.CMD_FLUSH, 3, 0, 0);
            assertThat(client.chunk()).extracting(RawClient.Chunk::type).isEqualTo(Nbd.REPLY_TYPE_NONE);
            client.request(Nbd.CMD_FLAG_DF, Nbd.CMD_READ, 4, 10, 100);
            byte[] payload = client.chunk().payload();
            assertThat(Arrays.copyOfRange(payload, 8, payload.length)).isEqualTo(served.test.expected(10, 100));
            client.request(0, Nbd.CMD_DISC, 5, 0, 0);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void badRequestsAreInvalidAndReadsGoOn() throws Exception {
        try (RawClient client = transmitting(true)) {
            long[][] ranges = {
                {-1, 1}, {served.test.bytes.length, 1}, {Long.MAX_VALUE, 4096}, {0, NbdConfig.MOST_REQUEST_BYTES + 1}
            };
            for (long[] range : ranges) {
                client.request(0, Nbd.CMD_READ, 1, range[0], (int) range[1]);
                assertThat(error(client.chunk())).isEqualTo(Nbd.EINVAL);
            }
            client.request(0x8000, Nbd.CMD_READ, 1, 0, 1);
            assertThat(error(client.chunk())).isEqualTo(Nbd.EINVAL);
            client.request(0, 999, 1, 0, 1);
            assertThat(error(client.chunk())).isEqualTo(Nbd.EINVAL);
            client.request(0, Nbd.CMD_READ, 1, 0, NbdConfig.MOST_REQUEST_BYTES);
            assertThat(client.chunk().payload()).hasSize(8 + NbdConfig.MOST_REQUEST_BYTES);
        }
        try (RawClient client = transmitting(true)) {
            client.out.write(new byte[Nbd.REQUEST_BYTES]);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void cachingFetchesTheRange() throws Exception {
        try (RawClient client = transmitting(true)) {
            client.request(0, Nbd.CMD_CACHE, 1, 0, 5 * CHUNK);
            assertThat(client.chunk().type()).isEqualTo(Nbd.REPLY_TYPE_NONE);
            assertThat(served.test.device.present(0, 5 * CHUNK)).isNotNull();
        }
    }

    @Test
    void repliesComeInTheOrderOfTheBytesNotOfTheRequests() throws Exception {
        served.test.read(0, 1);
        served.test.exchange.hold();
        try (RawClient client = transmitting(true)) {
            client.request(0, Nbd.CMD_READ, 1, 5 * CHUNK, 4096);
            client.request(0, Nbd.CMD_READ, 2, 0, 4096);
            assertThat(client.chunk().cookie()).isEqualTo(2);
            served.test.exchange.release();
            assertThat(client.chunk().cookie()).isEqualTo(1);
        }
    }

    @Test
    void aClientThatNeverReadsCostsNobodyElse() throws Exception {
        served.test.device.await(0, served.test.bytes.length);
        try (RawClient stalled = transmitting(true); RawClient other = transmitting(true)) {
            // As much as it may have outstanding, and more: the server must stop reading its requests.
            Thread flood = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 1000; i++) {
                        stalled.request(0, Nbd.CMD_READ, i, 0, 16 << 20);
                    }
                } catch (IOException e) {
                    // The test ends before the server has read all.
                }
            });
            for (int i = 0; i < 200; i++) {
                other.request(0, Nbd.CMD_READ, i, i * 4096L, 4096);
                byte[] payload = other.chunk().payload();
                assertThat(Arrays.copyOfRange(payload, 8, payload.length))
                        .isEqualTo(served.test.expected(i * 4096, 4096));
            }
            stalled.close();
            flood.join();
        }
    }

    @Test
    void aStalledClientGetsAllItsAnswersOnceItReads() throws Exception {
        served.test.device.await(0, served.test.bytes.length);
        try (RawClient client = transmitting(true)) {
            int requests = 20;
            for (int i = 0; i < requests; i++) {
                client.request(0, Nbd.CMD_READ, i, 0, 16 << 20);
            }
            byte[] expected = served.test.expected(0, 16 << 20);
            for (int i = 0; i < requests; i++) {
                RawClient.Chunk chunk = client.chunk();
                assertThat(chunk.cookie()).isEqualTo(i);
                assertThat(Arrays.equals(chunk.payload(), 8, chunk.payload().length, expected, 0, expected.length))
                        .isTrue();
            }
        }
    }

    @Test
    void aClientThatLeavesEndsItsWaitingReads() throws Exception {
        served.test.exchange.hold();
        try (RawClient client = transmitting(true)) {
            for (int i = 0; i < 50; i++) {
                client.request(0, Nbd.CMD_READ, i, (long) i * CHUNK, 4096);
            }
            Host.await("waiting reads", () -> served.test.device.statistics().waiting() == 50);
        }
        Host.await("end of waiting reads", () -> served.test.device.statistics().waiting() == 0);
    }

    @Test
    void noBytesWhateverStopTheServer() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 150; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            try (RawClient client = i % 3 == 0
                    ? new RawClient(served.port())
                    : i % 3 == 1 ? greeted() : transmitting(random.nextBoolean())) {
                if (i % 3 == 1) {
                    client.out.writeLong(Nbd.OPTION_MAGIC);
                    client.out.writeInt(random.nextInt(12));
                    client.out.writeInt(noise.length);
                } else if (i % 3 == 2) {
                    client.request(
                            random.nextInt(1 << 16),
                            random.nextInt(9),
                            i,
                            random.nextLong(1L << 26),
                            random.nextInt(1 << 20));
                }
                client.out.write(noise);
            } catch (SocketException e) {
                // The server may close first.
            }
        }
        try (RawClient client = transmitting(true)) {
            client.request(0, Nbd.CMD_READ, 1, 0, 4096);
            assertThat(client.chunk().payload()).hasSize(4104);
        }
    }
}
