package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A host on the real wire that says that it has the whole of a blob, and answers every want of it with the bytes of
 * another one of the same length.
 */
final class LyingPeer implements ConnectionListener, AutoCloseable {
    private final BlobStore store;
    private final StoredBlob lie;
    private final BlobInfo claimed;
    private final Transport transport;
    private final AtomicInteger sent = new AtomicInteger();

    /** Why others closed their connections to it. */
    final List<String> closedBecause = new CopyOnWriteArrayList<>();

    /** @param instead what it sends in place of the blob's bytes, as long as the blob */
    LyingPeer(Path directory, BlobInfo claimed, byte[] instead) throws Exception {
        this.claimed = claimed;
        store = BlobStore.open(directory);
        lie = store.create(BlobInfo.of(Digest.of(instead), instead.length));
        for (int index = 0; index < lie.info().chunkCount(); index++) {
            lie.ingest(index, ByteBuffer.wrap(instead, (int) lie.info().offsetOf(index), lie.info().lengthOf(index)));
        }
        transport = Transport.start(
                WireConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                new Hello(Hello.VERSION, UUID.randomUUID(), Hello.Role.NODE, "127.0.0.1", 0, "", "", 0),
                this);
    }

    /** Tells a supernode that it has the whole blob, so that it is proposed to whoever wants that. */
    void boastTo(InetSocketAddress supernode) throws Exception {
        dial(supernode).send(new Frame.Have(claimed.digest(), ChunkSet.full(claimed.chunkCount())));
    }

    /** Opens a connection to another host. */
    Connection dial(InetSocketAddress other) throws Exception {
        return transport.connect("127.0.0.1", other.getPort()).get(10, TimeUnit.SECONDS);
    }

    /** Number of wrong chunks that it sent. */
    int sent() {
        return sent.get();
    }

    @Override
    public void connected(Connection connection) {
        // It waits to be asked.
    }

    @Override
    public void received(Connection connection, Frame frame) {
        switch (frame) {
            case Frame.Open open when open.digest().equals(claimed.digest()) ->
                connection.send(new Frame.Have(claimed.digest(), ChunkSet.full(claimed.chunkCount())));
            case Frame.Want want -> lie(connection, want);
            case Frame.Chunk chunk -> chunk.data().release();
            default -> { }
        }
    }

    private void lie(Connection connection, Frame.Want want) {
        try {
            connection.sendChunk(
                    want.request(), want.digest(), want.index(), want.priority(), lie.open(),
                    claimed.offsetOf(want.index()), claimed.lengthOf(want.index()), done -> {});
            sent.incrementAndGet();
        } catch (IOException e) {
            throw new AssertionError("the lie cannot be read", e);
        }
    }

    @Override
    public void disconnected(Connection connection, String reason) {
        closedBecause.add(reason);
    }

    @Override
    public void close() throws IOException {
        transport.close();
        store.close();
    }
}
