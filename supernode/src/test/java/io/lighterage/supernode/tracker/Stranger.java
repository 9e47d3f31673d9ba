package io.lighterage.supernode.tracker;

import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A host that speaks the wire by hand. */
final class Stranger implements AutoCloseable {
    private static final long ANSWER_SECONDS = 20;

    private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
    private final Transport transport;
    private final Connection connection;

    /** Connects to the exchange at {@code host}. */
    Stranger(InetSocketAddress host) throws Exception {
        this(host, UUID.randomUUID());
    }

    /** Connects to the exchange at {@code host} as the host {@code id}. */
    Stranger(InetSocketAddress host, UUID id) throws Exception {
        transport = Transport.start(
                WireConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                new Hello(Hello.VERSION, id, Hello.Role.NODE, "127.0.0.1", 0, "", "", 0),
                new ConnectionListener() {
                    @Override
                    public void connected(Connection connection) {
                        // It speaks first.
                    }

                    @Override
                    public void disconnected(Connection connection, String reason) {
                        // An answer that does not come is noticed.
                    }

                    @Override
                    public void received(Connection connection, Frame frame) {
                        if (frame instanceof Frame.Chunk chunk) {
                            chunk.data().release();
                        }
                        frames.add(frame);
                    }
                });
        connection = transport.connect(host.getHostString(), host.getPort()).get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    /** The id by which it introduced itself. */
    UUID id() {
        return transport.self().id();
    }

    void say(Frame frame) {
        connection.send(frame);
    }

    /** What it is told next. */
    Frame hear() throws InterruptedException {
        Frame frame = frames.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("nothing was answered in " + ANSWER_SECONDS + " s");
        }
        return frame;
    }

    /** Whether it was told more than it heard. */
    boolean isToldMore() {
        return !frames.isEmpty();
    }

    @Override
    public void close() {
        transport.close();
    }
}
