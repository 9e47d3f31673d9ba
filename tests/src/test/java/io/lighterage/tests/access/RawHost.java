package io.lighterage.tests.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.LighterProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A host in the exchange that asks what it likes. */
final class RawHost implements ConnectionListener, AutoCloseable {
    private static final long ANSWER_SECONDS = 30;

    private final BlockingQueue<Frame> heard = new LinkedBlockingQueue<>();
    private final Transport transport;
    private final Connection connection;

    /** Connects to the exchange of a supernode or node. */
    RawHost(LighterProcess process) throws Exception {
        JsonNode at = new ObjectMapper().readTree(Http.get(process.http().resolve("/api/v1/exchange")));
        transport = Transport.start(
                WireConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                new Hello(Hello.VERSION, UUID.randomUUID(), Hello.Role.NODE, "127.0.0.1", 0, "", "", 0),
                this);
        connection =
                transport.connect("127.0.0.1", at.path("port").asInt()).get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    /** Says something and answers what comes next. */
    Frame ask(Frame question) throws InterruptedException {
        connection.send(question);
        Frame answer = heard.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
        if (answer == null) {
            throw new AssertionError("nothing answered " + question);
        }
        return answer;
    }

    @Override
    public void connected(Connection opened) {
        // It speaks first.
    }

    @Override
    public void disconnected(Connection closed, String reason) {
        // An answer that does not come is noticed.
    }

    @Override
    public void received(Connection from, Frame frame) {
        if (frame instanceof Frame.Chunk chunk) {
            chunk.data().release();
        }
        heard.add(frame);
    }

    @Override
    public void close() {
        transport.close();
    }
}
