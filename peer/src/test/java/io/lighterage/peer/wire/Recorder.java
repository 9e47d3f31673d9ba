package io.lighterage.peer.wire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Remembers what a listener was told; keeps the bytes of chunks and releases their buffers. */
final class Recorder implements ConnectionListener {
    /** A chunk as it came. */
    record Received(int request, int index, byte[] bytes) {}

    final List<Connection> connected = new CopyOnWriteArrayList<>();
    final Map<Connection, String> disconnected = new ConcurrentHashMap<>();
    final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
    final BlockingQueue<Received> chunks = new LinkedBlockingQueue<>();

    @Override
    public void connected(Connection connection) {
        connected.add(connection);
    }

    @Override
    public void received(Connection connection, Frame frame) {
        if (frame instanceof Frame.Chunk chunk) {
            byte[] bytes = new byte[chunk.data().readableBytes()];
            chunk.data().readBytes(bytes).release();
            chunks.add(new Received(chunk.request(), chunk.index(), bytes));
        } else {
            frames.add(frame);
        }
    }

    @Override
    public void disconnected(Connection connection, String reason) {
        disconnected.put(connection, reason);
    }

    /** The next frame, or an error after ten seconds. */
    Frame nextFrame() throws InterruptedException {
        return next(frames);
    }

    /** The next chunks, or an error if one takes longer than ten seconds. */
    List<Received> nextChunks(int count) throws InterruptedException {
        List<Received> next = new ArrayList<>();
        while (next.size() < count) {
            next.add(next(chunks));
        }
        return next;
    }

    /** The only connection that was ever reported. */
    Connection onlyConnection() {
        Await.until(Duration.ofSeconds(10), "a connection", () -> !connected.isEmpty());
        return connected.getFirst();
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came within ten seconds");
        }
        return next;
    }
}
