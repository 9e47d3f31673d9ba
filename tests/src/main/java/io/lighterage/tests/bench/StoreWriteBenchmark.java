package io.lighterage.tests.bench;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.store.WrongChunkException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Chunks verified and written to a store, and made durable at the end: time of a chunk. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx1g"})
public class StoreWriteBenchmark {
    private static final int CHUNKS = 512;

    private Path directory;
    private BlobStore store;
    private byte[] content;
    private byte[] hashes;
    private StoredBlob blob;
    private Random random;

    /** Opens a store in a temporary directory. */
    @Setup(Level.Trial)
    public void open() throws IOException, StoreException {
        directory = Files.createTempDirectory("lighterage-store-benchmark");
        store = BlobStore.open(directory.resolve("data"));
        random = new Random(1);
        content = new byte[CHUNKS * BlobInfo.DEFAULT_CHUNK];
        random.nextBytes(content);
        hashes = new byte[CHUNKS * Digest.BYTES];
        for (int i = 0; i < CHUNKS; i++) {
            var hash = Digest.sha256();
            hash.update(content, i * BlobInfo.DEFAULT_CHUNK, BlobInfo.DEFAULT_CHUNK);
            System.arraycopy(hash.digest(), 0, hashes, i * Digest.BYTES, Digest.BYTES);
        }
    }

    /** Makes an empty blob; any name will do, since its table counts as trusted. */
    @Setup(Level.Invocation)
    public void createBlob() throws StoreException {
        byte[] name = new byte[Digest.BYTES];
        random.nextBytes(name);
        blob = store.create(BlobInfo.of(Digest.ofBytes(name), content.length));
        blob.learn(0, hashes);
    }

    /** Writes all chunks of a blob on one thread and waits until they are durable. */
    @Benchmark
    @OperationsPerInvocation(CHUNKS)
    public void write() throws StoreException, WrongChunkException {
        for (int i = 0; i < CHUNKS; i++) {
            blob.write(i, ByteBuffer.wrap(content, i * BlobInfo.DEFAULT_CHUNK, BlobInfo.DEFAULT_CHUNK));
        }
        store.flush();
    }

    /** Withdraws the blob, so that the disk does not fill. */
    @TearDown(Level.Invocation)
    public void deleteBlob() throws StoreException {
        store.delete(blob.info().digest());
    }

    /** Removes the store. */
    @TearDown(Level.Trial)
    public void close() throws IOException, StoreException {
        store.close();
        List<Path> files;
        try (Stream<Path> tree = Files.walk(directory)) {
            files = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
