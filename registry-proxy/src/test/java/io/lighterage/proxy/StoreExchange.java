package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.exchange.ExchangeStatistics;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.store.WrongChunkException;
import io.lighterage.peer.wire.Frame.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An exchange over a real store whose chunks arrive when the test says so. */
final class StoreExchange implements Exchange {
    private final BlobStore store;
    private final Map<Digest, Refusal> refusals = new ConcurrentHashMap<>();

    /** Guarded by {@code this}, which is notified when chunks arrive, blobs fail or streams open and close. */
    private final Set<Digest> failed = new HashSet<>();

    private int open;

    StoreExchange(BlobStore store) {
        this.store = store;
    }

    /** Makes a blob known, with no bytes of it. */
    BlobInfo announce(byte[] content) throws IOException {
        BlobInfo info = new BlobInfo(Digest.of(content), content.length, BlobInfo.SMALLEST_CHUNK);
        store.create(info);
        return info;
    }

    /** Lets chunks {@code from} to {@code to}, exclusive, arrive. */
    synchronized void arrive(byte[] content, int from, int to) throws IOException {
        StoredBlob blob = store.find(Digest.of(content)).orElseThrow();
        BlobInfo info = blob.info();
        for (int i = from; i < to; i++) {
            int offset = Math.toIntExact(info.offsetOf(i));
            try {
                blob.ingest(i, ByteBuffer.wrap(Arrays.copyOfRange(content, offset, offset + info.lengthOf(i))));
            } catch (WrongChunkException e) {
                throw new IOException(e);
            }
        }
        notifyAll();
    }

    BlobInfo hold(byte[] content) throws IOException {
        BlobInfo info = announce(content);
        arrive(content, 0, info.chunkCount());
        return info;
    }

    synchronized void fail(Digest digest) {
        failed.add(digest);
        notifyAll();
    }

    void refuse(Digest digest, Refusal refusal) {
        refusals.put(digest, refusal);
    }

    /** Number of streams that still want something. */
    synchronized int open() {
        return open;
    }

    @Override
    public BlobInfo describe(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException {
        if (refusals.containsKey(digest)) {
            throw new BlobRefusedException(digest, refusals.get(digest));
        }
        return store.find(digest)
                .map(StoredBlob::info)
                .orElseThrow(() -> new BlobUnavailableException("nobody has blob " + digest));
    }

    @Override
    public synchronized BlobStream stream(
            Digest digest, ByteRange range, Optional<BlobSource> source, Priority priority) {
        open++;
        return new Stream(store.find(digest).orElseThrow(), range);
    }

    @Override
    public ExchangeStatistics statistics() {
        throw new UnsupportedOperationException("no test asks for statistics");
    }

    @Override
    public void close() {
        // The store is closed by its opener.
    }

    private final class Stream implements BlobStream {
        private final StoredBlob blob;
        private final ByteRange range;
        private long offset;
        private boolean closed;

        Stream(StoredBlob blob, ByteRange range) {
            this.blob = blob;
            this.range = range;
            this.offset = range.offset();
        }

        @Override
        public BlobInfo info() {
            return blob.info();
        }

        @Override
        public BlobSlice next(int most, Duration deadline) throws BlobUnavailableException, InterruptedException {
            if (offset >= range.end()) {
                return null;
            }
            int chunk = info().chunkAt(offset);
            await(chunk, deadline);
            long end = Math.min(Math.min(range.end(), offset + most), info().offsetOf(chunk) + info().lengthOf(chunk));
            return take(end);
        }

        @Override
        public BlobSlice all(Duration deadline) throws BlobUnavailableException, InterruptedException {
            for (long at = offset; at < range.end(); at += info().chunkLength()) {
                await(info().chunkAt(at), deadline);
            }
            return take(range.end());
        }

        private void await(int chunk, Duration deadline) throws BlobUnavailableException, InterruptedException {
            long untilNs = System.nanoTime() + deadline.toNanos();
            synchronized (StoreExchange.this) {
                while (!blob.has(chunk)) {
                    long leftMs = (untilNs - System.nanoTime()) / 1_000_000;
                    if (closed || failed.contains(info().digest()) || leftMs <= 0) {
                        throw new BlobUnavailableException("chunk " + chunk + " of " + info().digest() + " did not come");
                    }
                    StoreExchange.this.wait(leftMs);
                }
            }
        }

        private BlobSlice take(long end) throws BlobUnavailableException {
            try {
                BlobSlice slice = new BlobSlice(blob.open(), new ByteRange(offset, end - offset));
                offset = end;
                return slice;
            } catch (IOException e) {
                throw new BlobUnavailableException("cannot open", e);
            }
        }

        @Override
        public boolean isLocal() {
            return blob.isComplete();
        }

        @Override
        public void close() {
            synchronized (StoreExchange.this) {
                if (!closed) {
                    closed = true;
                    open--;
                    StoreExchange.this.notifyAll();
                }
            }
        }
    }
}
