package io.lighterage.blockdev.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.blockdev.image.Layer;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.peer.store.BlobStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RebuiltBlobsTest {
    private static final BlobSource SOURCE = BlobSource.of(new Repository("registry.test", "team/tree"));
    private static final String PLAIN = "application/vnd.oci.image.layer.v1.tar";
    private static final int FILE_BYTES = 300_000;
    private static final int DATA_BYTES = (FILE_BYTES + DeviceMap.BLOCK - 1) / DeviceMap.BLOCK * DeviceMap.BLOCK;

    @TempDir
    Path directory;

    private final byte[] content = new byte[FILE_BYTES];
    private final byte[] data = new byte[DATA_BYTES];
    private BlobStore store;
    private TestExchange exchange;
    private BlobInfo layer;
    private RebuiltBlobs blobs;

    /** A registry that refuses everything. */
    private static final class Refusing implements Upstream {
        @Override
        public BlobInfo describe(Digest digest, BlobSource source) throws IOException {
            throw new IOException("asked for the length of " + digest);
        }

        @Override
        public void read(Digest digest, BlobSource source, long offset, long length, Sink sink) throws IOException {
            throw new IOException("asked for " + length + " bytes at " + offset + " of " + digest);
        }
    }

    @BeforeEach
    void offerALayer() throws Exception {
        new Random(5).nextBytes(content);
        System.arraycopy(content, 0, data, 0, FILE_BYTES);
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(archive)) {
            TarArchiveEntry entry = new TarArchiveEntry("cargo");
            entry.setSize(FILE_BYTES);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
        store = BlobStore.open(directory);
        exchange = new TestExchange(store);
        layer = exchange.offer(archive.toByteArray());
        blobs = new RebuiltBlobs(new Refusing());
        blobs.readBy(exchange);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    /** Has a blob of the layer known that is said to have {@code bytes}. */
    private BlobInfo learned(byte[] bytes) {
        BlobInfo blob = new BlobInfo(Digest.of(bytes), bytes.length, BlobInfo.SMALLEST_CHUNK);
        Layer of = new Layer(layer.digest(), PLAIN, layer.digest());
        Extent extent = new Extent(0, bytes.length, blob, 0, Digest.of(new byte[1]), Optional.of(of));
        blobs.learn(new DeviceMap(Digest.of(new byte[2]), bytes.length, List.of(extent)));
        return blob;
    }

    private byte[] made(BlobInfo blob) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        blobs.read(blob.digest(), SOURCE, 0, blob.length(), piece -> {
            byte[] taken = new byte[piece.remaining()];
            piece.get(taken);
            bytes.write(taken);
        });
        return bytes.toByteArray();
    }

    @Test
    void theDataOfALayerAreMadeOutOfIt() throws Exception {
        BlobInfo blob = learned(data);

        assertThat(blobs.isMade(blob.digest())).isTrue();
        assertThat(blobs.describe(blob.digest(), SOURCE)).isEqualTo(blob);
        assertThat(blobs.describe(blob.digest(), SOURCE).length()).isEqualTo(DATA_BYTES);
        assertThat(made(blob)).isEqualTo(data);
    }

    @Test
    void aBlobAdvancesWhileItsLayerComes() throws Exception {
        BlobInfo blob = learned(data);
        List<Boolean> meanwhile = new ArrayList<>();
        assertThat(blobs.isAdvancing(blob.digest(), Duration.ofMinutes(1))).isFalse();

        blobs.read(blob.digest(), SOURCE, 0, blob.length(), piece -> {
            piece.position(piece.limit());
            meanwhile.add(blobs.isAdvancing(blob.digest(), Duration.ofMinutes(1)));
            meanwhile.add(!blobs.isAdvancing(blob.digest(), Duration.ZERO));
        });

        assertThat(meanwhile).isNotEmpty().doesNotContain(false);
        assertThat(blobs.isAdvancing(blob.digest(), Duration.ofMinutes(1))).isFalse();
    }

    @Test
    void allElseIsTheRegistrys() {
        assertThat(blobs.isMade(layer.digest())).isFalse();
        assertThatThrownBy(() -> blobs.describe(layer.digest(), SOURCE)).hasMessageContaining("asked for the length of");
        assertThatThrownBy(() -> blobs.read(layer.digest(), SOURCE, 1, 2, piece -> {}))
                .hasMessageContaining("asked for 2 bytes at 1 of");
    }

    @Test
    void aLayerThatHasOtherDataIsNoneOfTheBlobs() {
        assertThatThrownBy(() -> made(learned(Arrays.copyOf(data, DATA_BYTES + DeviceMap.BLOCK))))
                .hasMessageContaining("has " + DATA_BYTES + " bytes, not " + (DATA_BYTES + DeviceMap.BLOCK));
        assertThatThrownBy(() -> made(learned(Arrays.copyOf(data, DATA_BYTES - DeviceMap.BLOCK))))
                .hasMessageContaining("has more than its " + (DATA_BYTES - DeviceMap.BLOCK) + " bytes");
    }

    @Test
    void whoeverRefusesTheLayerRefusesNotTheBlobWhichOthersMayHave() {
        exchange.lose(layer, true);

        assertThatThrownBy(() -> made(learned(data)))
                .isInstanceOf(BlobUnavailableException.class)
                .isNotInstanceOf(BlobRefusedException.class)
                .hasMessageContaining("cannot be made anew: nobody has blob " + layer.digest());
    }
}
