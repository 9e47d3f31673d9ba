package io.lighterage.blockdev.image;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.lighterage.peer.content.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer's archive, uncompressed. One thread reads and decompresses, two compute the digests, and the one that owns
 * this takes the bytes; a fixed number of blocks goes round between them, so that none runs ahead.
 *
 * <p>Waits here end because each of these threads ends with its input, and the layer's source has deadlines of its own.
 */
final class LayerStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LayerStream.class);
    private static final int BLOCK = 256 << 10;
    private static final int BLOCKS = 16;
    private static final int COMPRESSED_BLOCK = 128 << 10;
    private static final int STOP_SECONDS = 10;

    private final Layer layer;
    private final LayerLimits limits;
    private final HashLane compressedLane = new HashLane(COMPRESSED_BLOCK, BLOCKS, 1);
    private final HashLane plainLane = new HashLane(BLOCK, BLOCKS, 2);
    private final BlockingQueue<HashLane.Block> plain = new ArrayBlockingQueue<>(BLOCKS + 1);
    private final ExecutorService threads;
    private final Future<?> decompression;
    private final Future<Digest> digest;
    private final Future<Digest> diffId;

    private HashLane.Block block;
    private int at;
    private boolean ended;

    LayerStream(Layer layer, InputStream source, LayerLimits limits) {
        this.layer = layer;
        this.limits = limits;
        threads = Executors.newFixedThreadPool(3, Thread.ofPlatform().daemon().name("layer-", 0).factory());
        digest = threads.submit(compressedLane);
        diffId = threads.submit(plainLane);
        decompression = threads.submit(() -> decompress(new HashedSource(source, compressedLane)));
    }

    // --- on the thread that decompresses ---

    private Void decompress(HashedSource source) throws IOException, InterruptedException {
        long length = 0;
        try (InputStream in = decoder(source)) {
            while (true) {
                HashLane.Block target = plainLane.free();
                target.length = in.readNBytes(target.bytes, 0, BLOCK);
                if (target.length == 0) {
                    break;
                }
                length += target.length;
                check(length, source.length());
                plainLane.add(target);
                plain.add(target);
            }
            source.transferTo(OutputStream.nullOutputStream());
        } catch (TarException e) {
            throw e;
        } catch (IOException e) {
            source.rethrow();
            // Asked for bytes behind the last one, and failed for want of them.
            throw source.ended()
                    ? endsEarly(source.length(), e)
                    : new TarException("cannot be decompressed after " + length + " bytes: " + e.getMessage(), e);
        } finally {
            compressedLane.end();
            plainLane.end();
            plain.add(HashLane.END);
        }
        return null;
    }

    private InputStream decoder(HashedSource source) throws IOException {
        BufferedInputStream in = new BufferedInputStream(source, COMPRESSED_BLOCK);
        in.mark(Compression.MAGIC);
        byte[] magic = in.readNBytes(Compression.MAGIC);
        Compression found = Compression.of(magic);
        in.reset();
        Compression told = Compression.ofMediaType(layer.mediaType());
        if (magic.length < Compression.MAGIC && told != Compression.NONE) {
            throw endsEarly(magic.length, null);
        }
        if (found != told) {
            throw new TarException("its media type " + layer.mediaType() + " says " + told + ", but it is " + found);
        }
        return switch (found) {
            case GZIP -> GzipCompressorInputStream.builder()
                    .setInputStream(in)
                    .setBufferSize(COMPRESSED_BLOCK)
                    .setDecompressConcatenated(true)
                    .get();
            case ZSTD -> new ZstdInputStreamNoFinalizer(in);
            case NONE -> in;
        };
    }

    private static TarException endsEarly(long compressed, IOException cause) {
        return new TarException("it ends early, after " + compressed + " bytes of compressed data", cause);
    }

    private void check(long length, long compressed) throws TarException {
        if (length > limits.plainBytes()) {
            throw new TarException("its archive has over " + limits.plainBytes() + " bytes, the limit");
        }
        if (length > LayerLimits.RATIO_FLOOR && length / limits.ratio() > compressed) {
            throw new TarException(
                    compressed + " bytes became " + length + ", over " + limits.ratio() + " times as many, the limit");
        }
    }

    // --- on the owner's thread ---

    /** Fills {@code target}. Answers false if the archive ends right here; refuses one that ends before it is full. */
    boolean read(byte[] target) throws IOException, InterruptedException {
        int done = 0;
        while (done < target.length) {
            if (!available()) {
                if (done == 0) {
                    return false;
                }
                throw truncated(target.length - done);
            }
            int step = Math.min(target.length - done, block.length - at);
            System.arraycopy(block.bytes, at, target, done, step);
            at += step;
            done += step;
        }
        return true;
    }

    /** Sends {@code length} bytes on. */
    void copy(long length, BlockWriter target) throws IOException, InterruptedException {
        long left = length;
        while (left > 0) {
            if (!available()) {
                throw truncated(left);
            }
            int step = (int) Math.min(left, block.length - at);
            target.write(block.bytes, at, step);
            at += step;
            left -= step;
        }
    }

    /** Passes over {@code length} bytes. */
    void skip(long length) throws IOException, InterruptedException {
        long left = length;
        while (left > 0) {
            if (!available()) {
                throw truncated(left);
            }
            int step = (int) Math.min(left, block.length - at);
            at += step;
            left -= step;
        }
    }

    /** What is wrong with an archive that ends too early. */
    TarException truncated(long missing) {
        return new TarException("the archive ends " + missing + " bytes too early");
    }

    /** Reads to the end of the layer and verifies both of its digests. */
    void finish() throws IOException, InterruptedException {
        while (available()) {
            at = block.length;
        }
        Digest found = result(digest);
        if (!found.equals(layer.digest())) {
            throw new TarException("its digest is " + found);
        }
        Digest foundDiffId = result(diffId);
        if (!foundDiffId.equals(layer.diffId())) {
            throw new TarException("the diffID of its archive is " + foundDiffId + ", not " + layer.diffId());
        }
    }

    private boolean available() throws IOException, InterruptedException {
        if (block != null && at < block.length) {
            return true;
        }
        if (ended) {
            return false;
        }
        if (block != null) {
            plainLane.release(block);
        }
        block = plain.take();
        at = 0;
        if (block == HashLane.END) {
            block = null;
            ended = true;
            result(decompression);
            return false;
        }
        return true;
    }

    private static <T> T result(Future<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                // A fresh exception for this thread; the other thread's stack stays its cause.
                case TarException failure -> throw new TarException(failure.getMessage(), failure);
                case IOException failure -> throw failure;
                case InterruptedException failure -> throw failure;
                default -> throw new IllegalStateException("a layer's thread failed", e.getCause());
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        threads.shutdownNow();
        if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn(
                    "the source of layer {} still blocks {} s after its reading was given up",
                    layer.digest(),
                    STOP_SECONDS);
        }
    }

    /** The compressed bytes on their way to the decoder. Closing the decoder leaves the source to its opener. */
    private static final class HashedSource extends InputStream {
        private final InputStream source;
        private final HashLane lane;
        private long length;
        private boolean ended;
        private IOException failure;

        HashedSource(InputStream source, HashLane lane) {
            this.source = source;
            this.lane = lane;
        }

        long length() {
            return length;
        }

        /** Whether a read found the end. */
        boolean ended() {
            return ended;
        }

        /** Throws what the source threw, if it did: then the layer is not to blame. */
        void rethrow() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            try {
                int read = source.read(target, offset, Math.min(count, COMPRESSED_BLOCK));
                if (read > 0) {
                    length += read;
                    HashLane.Block block = lane.free();
                    System.arraycopy(target, offset, block.bytes, 0, read);
                    block.length = read;
                    lane.add(block);
                }
                ended |= read < 0;
                return read;
            } catch (IOException e) {
                failure = e;
                throw e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IOException("interrupted", e);
                throw failure;
            }
        }
    }
}
