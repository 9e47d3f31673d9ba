package io.lighterage.peer.store;

import io.lighterage.peer.content.Digest;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The blobs in memory. One that somebody uses is here, so that all users share it; of those that nobody uses, a
 * bounded number that was used last is kept, so that its table need not be read again.
 */
final class LiveBlobs {
    /** Bounds the memory that tables of unused blobs take: {@value} entries of 32 bytes. */
    private static final long MOST_CHUNKS = 128 << 10;

    /** What a blob costs besides its table, in chunks. */
    private static final long BASE_COST = 32;

    private final ConcurrentMap<Digest, Live> live = new ConcurrentHashMap<>();
    private final ReferenceQueue<LocalBlob> collected = new ReferenceQueue<>();

    /** Used last, least recently used first; guarded by itself, with {@link #cost}. */
    private final LinkedHashMap<Digest, LocalBlob> recent = new LinkedHashMap<>(16, 0.75f, true);

    private long cost;

    private static final class Live extends WeakReference<LocalBlob> {
        private final Digest digest;

        Live(LocalBlob blob, ReferenceQueue<LocalBlob> queue) {
            super(blob, queue);
            this.digest = blob.info().digest();
        }
    }

    /** The blob of {@code digest}, or null if it is not in memory. */
    LocalBlob get(Digest digest) {
        Live reference = live.get(digest);
        LocalBlob blob = reference == null ? null : reference.get();
        if (blob != null) {
            use(blob);
        }
        return blob;
    }

    /** Takes in {@code blob}; the caller made sure that there is no other of its name. */
    void put(LocalBlob blob) {
        for (Reference<? extends LocalBlob> gone = collected.poll(); gone != null; gone = collected.poll()) {
            live.remove(((Live) gone).digest, gone);
        }
        live.put(blob.info().digest(), new Live(blob, collected));
        use(blob);
    }

    /** Lets go of the blob of {@code digest}. */
    void remove(Digest digest) {
        live.remove(digest);
        synchronized (recent) {
            LocalBlob blob = recent.remove(digest);
            cost -= blob == null ? 0 : costOf(blob);
        }
    }

    private void use(LocalBlob blob) {
        synchronized (recent) {
            LocalBlob before = recent.put(blob.info().digest(), blob);
            cost += costOf(blob) - (before == null ? 0 : costOf(before));
            while (cost > MOST_CHUNKS && recent.size() > 1) {
                cost -= costOf(recent.pollFirstEntry().getValue());
            }
        }
    }

    private static long costOf(LocalBlob blob) {
        return BASE_COST + blob.info().chunkCount();
    }
}
