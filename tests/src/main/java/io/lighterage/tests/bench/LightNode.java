package io.lighterage.tests.bench;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks one host for every chunk of some blobs, one blob after another, a few chunks at a time, and drops the bytes. If
 * that host is a node, it is shown the grants that the supernode gives. All state belongs to the lock.
 */
final class LightNode implements ConnectionListener {
    private static final int REQUESTS_IN_FLIGHT = 8;
    private static final int UNAUTHORIZED = 401;

    private final Frame.Origin origin;
    private final Iterator<Digest> blobs;
    private final CompletableFuture<Long> finished = new CompletableFuture<>();
    private final Map<Integer, Integer> unanswered = new HashMap<>();
    private final Deque<Integer> wanted = new ArrayDeque<>();
    private Connection connection;
    private Connection supernode;
    private Digest blob;
    private ChunkSet offered;
    private int received;
    private int request;
    private long bytes;

    LightNode(Frame.Origin origin, List<Digest> blobs) {
        this.origin = origin;
        this.blobs = blobs.iterator();
    }

    /** Completes with the bytes of chunks that came. */
    CompletableFuture<Long> finished() {
        return finished;
    }

    /** Asks {@code host} for the first blob; both are the same where the supernode is asked. */
    synchronized void begin(Connection host, Connection grants) {
        connection = host;
        supernode = grants;
        nextBlob();
    }

    @Override
    public void connected(Connection opened) {}

    @Override
    public void disconnected(Connection closed, String reason) {
        finished.completeExceptionally(new IllegalStateException("disconnected: " + reason));
    }

    @Override
    public synchronized void received(Connection from, Frame frame) {
        if (from == supernode && from != connection) {
            granted(frame);
            return;
        }
        switch (frame) {
            case Frame.Table table -> offered(table.digest(), chunksOf(table));
            case Frame.Have have -> offered(have.digest(), have.chunks());
            case Frame.Chunk chunk -> took(chunk);
            case Frame.Busy busy -> later(busy.request(), busy.retryAfterMillis());
            case Frame.Later later -> later(later.request(), later.retryAfterMillis());
            case Frame.Refused refused -> refused(refused);
            case Frame.Withdrawn withdrawn -> fail(withdrawn.digest() + " was withdrawn");
            case Frame.Granted granted -> {}
            case Frame.Want want -> from.send(new Frame.Busy(want.request(), 1000));
            case Frame.Open _, Frame.Close _, Frame.Peers _, Frame.Cancel _ -> {}
            case Frame.Goodbye _, Frame.Ping _, Frame.Pong _ -> {}
        }
    }

    /** What the supernode says, to whom only the right to read is asked for. */
    private void granted(Frame frame) {
        switch (frame) {
            case Frame.Granted granted -> {
                connection.send(granted);
                connection.send(new Frame.Open(blob, Optional.empty(), false));
            }
            case Frame.Refused refused -> fail(refused.digest() + " was refused: " + refused.refusal().status());
            case Frame.Chunk chunk -> chunk.data().release();
            case Frame.Want want -> supernode.send(new Frame.Busy(want.request(), 1000));
            case Frame.Table _, Frame.Have _, Frame.Busy _, Frame.Later _, Frame.Withdrawn _,
                    Frame.Open _, Frame.Close _ -> {}
            case Frame.Peers _, Frame.Cancel _, Frame.Goodbye _, Frame.Ping _, Frame.Pong _ -> {}
        }
    }

    private void refused(Frame.Refused refused) {
        if (refused.refusal().status() == UNAUTHORIZED && supernode != connection) {
            // The host does not know yet where the blob is; another grant comes when the supernode knows.
            return;
        }
        fail(refused.digest() + " was refused: " + refused.refusal().status());
    }

    private void fail(String why) {
        finished.completeExceptionally(new IllegalStateException(why));
    }

    private void nextBlob() {
        if (blob != null) {
            connection.send(new Frame.Close(blob));
            if (supernode != connection) {
                supernode.send(new Frame.Close(blob));
            }
        }
        if (!blobs.hasNext()) {
            finished.complete(bytes);
            return;
        }
        blob = blobs.next();
        offered = null;
        received = 0;
        supernode.send(new Frame.Open(blob, Optional.of(origin), false));
    }

    private static ChunkSet chunksOf(Frame.Table table) {
        ChunkSet chunks = new ChunkSet(new BlobInfo(table.digest(), table.length(), table.chunkLength()).chunkCount());
        for (int i = 0; i < table.hashes().length / Digest.BYTES; i++) {
            chunks.add(table.first() + i);
        }
        return chunks;
    }

    private void offered(Digest digest, ChunkSet chunks) {
        if (!digest.equals(blob)) {
            return;
        }
        if (offered == null) {
            offered = new ChunkSet(chunks.size());
        }
        for (int i = 0; i < chunks.size(); i++) {
            if (chunks.contains(i) && !offered.contains(i)) {
                offered.add(i);
                wanted.add(i);
            }
        }
        ask();
    }

    private void ask() {
        while (unanswered.size() < REQUESTS_IN_FLIGHT && !wanted.isEmpty()) {
            int index = wanted.remove();
            unanswered.put(++request, index);
            connection.send(new Frame.Want(request, blob, index, Priority.PREFETCH));
        }
    }

    private void took(Frame.Chunk chunk) {
        int length = chunk.data().readableBytes();
        chunk.data().release();
        if (unanswered.remove(chunk.request()) == null) {
            fail("a chunk answers the request " + chunk.request() + ", which was not made");
            return;
        }
        bytes += length;
        if (++received == offered.size()) {
            nextBlob();
        } else {
            ask();
        }
    }

    private void later(int request, int retryAfterMillis) {
        Integer index = unanswered.remove(request);
        if (index == null) {
            return;
        }
        CompletableFuture.delayedExecutor(retryAfterMillis, TimeUnit.MILLISECONDS).execute(() -> {
            synchronized (this) {
                wanted.add(index);
                ask();
            }
        });
    }
}
