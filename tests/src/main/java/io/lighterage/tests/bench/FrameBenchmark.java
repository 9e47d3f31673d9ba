package io.lighterage.tests.bench;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Frames encoded, sent over loopback and decoded: time of a frame when they come in bursts. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class FrameBenchmark {
    private static final int BURST = 1000;
    private static final long DEADLINE_SECONDS = 10;

    private final Digest digest = Digest.of(new byte[] {1});
    private final Semaphore received = new Semaphore(0);
    private Transport sender;
    private Transport receiver;
    private Connection connection;
    private Frame want;
    private Frame have;

    /** Connects two transports. */
    @Setup
    public void connect() throws Exception {
        ConnectionListener count = new Counter();
        receiver = transport(count);
        sender = transport(count);
        InetSocketAddress address = receiver.localAddress();
        connection = sender.connect(address.getHostString(), address.getPort()).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        want = new Frame.Want(1, digest, 7, Priority.PREFETCH);
        ChunkSet chunks = new ChunkSet(512);
        for (int i = 0; i < chunks.size(); i += 3) {
            chunks.add(i);
        }
        have = new Frame.Have(digest, chunks);
    }

    private static Transport transport(ConnectionListener listener) throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Hello self = new Hello(Hello.VERSION, UUID.randomUUID(), Hello.Role.NODE, "127.0.0.1", 0, "", "", 0);
        return Transport.start(WireConfig.on(anyPort), self, listener);
    }

    /** The request for a chunk, the most frequent small frame. */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public void want() throws InterruptedException {
        burst(want);
    }

    /** The word of what is held of a blob of 128 MiB. */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public void have() throws InterruptedException {
        burst(have);
    }

    private void burst(Frame frame) throws InterruptedException {
        for (int i = 0; i < BURST; i++) {
            connection.send(frame);
        }
        if (!received.tryAcquire(BURST, DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("only " + received.availablePermits() + " of " + BURST + " frames arrived");
        }
    }

    /** Closes both. */
    @TearDown
    public void close() {
        sender.close();
        receiver.close();
    }

    /** Counts frames. */
    private final class Counter implements ConnectionListener {
        @Override
        public void connected(Connection opened) {}

        @Override
        public void received(Connection from, Frame frame) {
            received.release();
        }

        @Override
        public void disconnected(Connection closed, String reason) {}
    }
}
