package io.lighterage.blockdev.device;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobProgress;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.exchange.ExchangeStatistics;
import io.lighterage.peer.exchange.StoredBlobStream;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.store.WrongChunkException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An exchange over a real store, whose far side is in memory and gives each chunk when the test lets it. Guarded by
 * itself.
 */
public final class TestExchange implements Exchange {
    /** A chunk that somebody asked for. */
    public record Fetch(Digest blob, int index, Priority priority) {}

    private record Held(Far far, int index) {}

    private static final class Far {
        private final BlobInfo info;
        private final byte[] content;
        private byte[] table;
        private BlobProgress progress = new BlobProgress();

        Far(BlobInfo info, byte[] content) {
            this.info = info;
            this.content = content;
            this.table = table(info, content);
        }
    }

    private final BlobStore store;
    private final Map<Digest, Far> far = new HashMap<>();
    private final List<Fetch> fetches = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();
    private final Set<Digest> lost = new HashSet<>();
    private final Set<Digest> advancing = new HashSet<>();
    private boolean holding;

    public TestExchange(BlobStore store) {
        this.store = store;
    }

    /** The entries of a blob's chunk table, in order. */
    static byte[] table(BlobInfo info, byte[] content) {
        ByteBuffer table = ByteBuffer.allocate(info.chunkCount() * Digest.BYTES);
        for (int i = 0; i < info.chunkCount(); i++) {
            var hash = Digest.sha256();
            hash.update(content, (int) info.offsetOf(i), info.lengthOf(i));
            Digest.finish(hash).write(table);
        }
        return table.array();
    }

    /** Puts a blob on the far side. */
    public synchronized BlobInfo offer(byte[] content) {
        BlobInfo info = new BlobInfo(Digest.of(content), content.length, BlobInfo.SMALLEST_CHUNK);
        far.put(info.digest(), new Far(info, content));
        return info;
    }

    /** The digest of an offered blob's true table. */
    public synchronized Digest tableOf(BlobInfo info) {
        Far blob = far.get(info.digest());
        return Digest.of(table(info, blob.content));
    }

    /** From now on chunks wait for {@link #release}. */
    public synchronized void hold() {
        holding = true;
    }

    /** Gives what waits, and all that is asked for later. */
    public synchronized void release() {
        holding = false;
        for (Held each : held) {
            give(each.far, each.index);
        }
        held.clear();
    }

    /** Gives the one that has waited longest, if any waits. */
    public synchronized void giveOne() {
        if (!held.isEmpty()) {
            Held first = held.removeFirst();
            held.removeIf(first::equals);
            give(first.far, first.index);
        }
    }

    /** The far side sends another table than the blob's. */
    synchronized void lieAbout(BlobInfo info) {
        far.get(info.digest()).table[0] ^= 1;
    }

    /** The far side does not have the blob any more, or has it again. */
    synchronized void lose(BlobInfo info, boolean isLost) {
        if (isLost) {
            lost.add(info.digest());
        } else {
            lost.remove(info.digest());
        }
    }

    /** The blob is withdrawn, here and there. */
    synchronized void withdraw(BlobInfo info) throws StoreException {
        store.delete(info.digest());
        lost.add(info.digest());
        far.get(info.digest())
                .progress
                .failed(new BlobUnavailableException("blob " + info.digest() + " was withdrawn"));
        far.get(info.digest()).progress = new BlobProgress();
    }

    /** The blob is being made anew, or no longer. */
    synchronized void advance(BlobInfo info, boolean advances) {
        if (advances) {
            advancing.add(info.digest());
        } else {
            advancing.remove(info.digest());
        }
    }

    @Override
    public synchronized boolean isAdvancing(Digest digest, Duration within) {
        return advancing.contains(digest);
    }

    /** All that was asked for so far. */
    public synchronized List<Fetch> fetches() {
        return List.copyOf(fetches);
    }

    private StoredBlob find(Digest digest) throws BlobUnavailableException {
        Far there = far.get(digest);
        if (there == null || lost.contains(digest)) {
            throw new BlobUnavailableException("nobody has blob " + digest);
        }
        try {
            StoredBlob blob = store.create(there.info);
            blob.learn(0, there.table);
            return blob;
        } catch (StoreException e) {
            throw new BlobUnavailableException("blob " + digest + " cannot be stored", e);
        }
    }

    @Override
    public synchronized BlobInfo describe(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException {
        return find(digest).info();
    }

    @Override
    public synchronized BlobStream stream(
            Digest digest, ByteRange range, Optional<BlobSource> source, Priority priority)
            throws BlobUnavailableException {
        StoredBlob blob = find(digest);
        Far there = far.get(digest);
        for (int i = blob.info().chunkAt(range.offset()); i <= blob.info().chunkAt(range.end() - 1); i++) {
            if (!blob.has(i)) {
                fetches.add(new Fetch(digest, i, priority));
                if (holding) {
                    held.add(new Held(there, i));
                } else {
                    give(there, i);
                }
            }
        }
        return new StoredBlobStream(blob, range, there.progress, i -> {}, () -> {});
    }

    private void give(Far there, int index) {
        BlobInfo info = there.info;
        try {
            ByteBuffer data = ByteBuffer.wrap(there.content, (int) info.offsetOf(index), info.lengthOf(index));
            store.create(info).write(index, data.slice());
        } catch (WrongChunkException | StoreException e) {
            there.progress.failed(new BlobUnavailableException("chunk " + index + " of " + info.digest(), e));
        }
        there.progress.changed();
    }

    @Override
    public ExchangeStatistics statistics() {
        throw new UnsupportedOperationException("no test asks for statistics");
    }

    @Override
    public void close() {
        // The store is closed by its opener.
    }
}
