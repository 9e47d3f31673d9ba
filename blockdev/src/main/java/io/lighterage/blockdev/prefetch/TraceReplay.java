package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Exchange;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what a trace names of a device, in its order, ahead of the reads and less urgently than reads that wait. So much
 * is asked for at once that the link is full. What cannot be had is left to the reads.
 */
public final class TraceReplay {
    private static final Logger LOG = LoggerFactory.getLogger(TraceReplay.class);
    private static final long MOST_AHEAD = 4L << 20;
    private static final long MOST_AT_ONCE = 1L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private record Asked(BlobStream stream, long length) {}

    private final DeviceMap map;
    private final BlockDevice device;
    private final Exchange exchange;
    private final Optional<BlobSource> source;
    private final LongAdder fetched = new LongAdder();
    private final Map<Digest, Extent> extents = new HashMap<>();
    private final Deque<Asked> asked = new ArrayDeque<>();
    private long ahead;

    /** @param source by whose right it reads, if that is known */
    public TraceReplay(DeviceMap map, BlockDevice device, Exchange exchange, Optional<BlobSource> source) {
        this.map = map;
        this.device = device;
        this.exchange = exchange;
        this.source = source;
        map.extents().forEach(extent -> extents.putIfAbsent(extent.blob().digest(), extent));
    }

    /** Bytes that it fetched. Any thread may ask. */
    public long fetchedBytes() {
        return fetched.sum();
    }

    /** Fetches along {@code trace}; returns when all is here or cannot be had. For one thread. */
    public void run(Trace trace) throws InterruptedException {
        List<Trace.Entry> entries = trace.entries();
        Map<Digest, CompletableFuture<Void>> tables = trustAll(entries);
        try {
            for (int i = 0; i < entries.size(); ) {
                int end = i + 1;
                Trace.Entry first = entries.get(i);
                Extent extent = extents.get(first.blob());
                while (extent != null && end < entries.size() && follows(entries, end, extent.blob(), end - i)) {
                    end++;
                }
                if (extent != null && tables.get(first.blob()).get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS) == null) {
                    fetch(extent, first.chunk(), end - i);
                }
                i = end;
            }
            while (!asked.isEmpty()) {
                finish();
            }
        } catch (BlobUnavailableException | ExecutionException | TimeoutException e) {
            LOG.info("the trace of {} is not followed further: {}", map.image(), e.getMessage());
        } finally {
            asked.forEach(one -> one.stream.close());
            asked.clear();
        }
    }

    private static boolean follows(List<Trace.Entry> entries, int at, BlobInfo blob, int run) {
        Trace.Entry before = entries.get(at - 1);
        Trace.Entry entry = entries.get(at);
        return entry.blob().equals(before.blob())
                && entry.chunk() == before.chunk() + 1
                && (run + 1L) * blob.chunkLength() <= MOST_AT_ONCE;
    }

    /** Begins to get the tables of all blobs at once, for each takes a round trip. */
    private Map<Digest, CompletableFuture<Void>> trustAll(List<Trace.Entry> entries) {
        Map<Digest, CompletableFuture<Void>> tables = new HashMap<>();
        for (Trace.Entry entry : entries) {
            Extent extent = extents.get(entry.blob());
            if (extent != null && !tables.containsKey(entry.blob())) {
                CompletableFuture<Void> done = new CompletableFuture<>();
                tables.put(entry.blob(), done);
                Thread.ofVirtual().name("table-" + entry.blob().hex().substring(0, 12)).start(() -> trust(extent, done));
            }
        }
        return tables;
    }

    private void trust(Extent extent, CompletableFuture<Void> done) {
        try {
            exchange.trust(extent.blob(), extent.table(), source, PATIENCE);
            done.complete(null);
        } catch (BlobUnavailableException | RuntimeException e) {
            done.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            done.completeExceptionally(e);
        }
    }

    private void fetch(Extent extent, int chunk, int count) throws BlobUnavailableException, InterruptedException {
        BlobInfo blob = extent.blob();
        long from = Math.max(extent.blobOffset(), (long) chunk * blob.chunkLength());
        long end = Math.min(extent.blobOffset() + extent.length(), (chunk + (long) count) * blob.chunkLength());
        for (long at = from; at < end; ) {
            long run = device.run(extent.deviceOffset() + at - extent.blobOffset(), end - at);
            if (run < 0) {
                ask(blob, at, -run);
            }
            at += Math.abs(run);
        }
    }

    private void ask(BlobInfo blob, long offset, long length) throws BlobUnavailableException, InterruptedException {
        BlobStream stream = exchange.stream(blob.digest(), new ByteRange(offset, length), source, Priority.PREFETCH);
        if (stream.isLocal()) {
            stream.close();
            return;
        }
        asked.add(new Asked(stream, length));
        ahead += length;
        fetched.add(length);
        while (ahead > MOST_AHEAD) {
            finish();
        }
    }

    private void finish() throws BlobUnavailableException, InterruptedException {
        Asked oldest = asked.remove();
        ahead -= oldest.length;
        try (BlobStream stream = oldest.stream) {
            stream.all(PATIENCE).close();
        }
    }
}
