package io.lighterage.tests.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * BitTorrent clients that do what clients should not, until they are closed or the process ends. Each connects again
 * when it is dropped. Arguments: {@code HOST PORT INFO-HASH KIND=COUNT...}.
 */
public final class HostilePeers implements AutoCloseable {
    private static final byte[] PROTOCOL = "\u0013BitTorrent protocol".getBytes(StandardCharsets.US_ASCII);
    private static final int BLOCK = 16 << 10;
    private static final int REQUESTS = 256;
    private static final int HANDSHAKE = 68;
    private static final int SMALL_BUFFER = 8 << 10;
    private static final long SLOW_PAUSE_NS = 1_000_000_000L;
    private static final long AGAIN_NS = 50_000_000L;
    private static final int CONNECT_MS = 5_000;

    private final InetSocketAddress lane;
    private final byte[] infoHash;
    private final List<Thread> threads = new ArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong connections = new AtomicLong();
    private volatile boolean closed;

    /** How a client misbehaves. */
    public enum Kind {
        /** Asks for many blocks and reads nothing. */
        STALLED,
        /** Asks for many blocks and reads a kilobyte a second. */
        SLOW,
        /** Sends random bytes after its handshake. */
        GARBAGE,
        /** Sends random bytes instead of a handshake. */
        STRANGER,
        /** Asks for blocks before it may, and never says that it is interested. */
        RUDE
    }

    /** Clients of the torrent {@code infoHash}, 20 bytes, at {@code lane}. */
    public HostilePeers(InetSocketAddress lane, byte[] infoHash) {
        this.lane = lane;
        this.infoHash = infoHash.clone();
    }

    /** Runs until the process is ended. */
    public static void main(String[] arguments) throws InterruptedException {
        InetSocketAddress lane = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        try (HostilePeers peers = new HostilePeers(lane, HexFormat.of().parseHex(arguments[2]))) {
            for (String each : List.of(arguments).subList(3, arguments.length)) {
                String[] parts = each.split("=");
                peers.start(Kind.valueOf(parts[0].toUpperCase(Locale.ROOT)), Integer.parseInt(parts[1]));
            }
            System.out.println("connected");
            Thread.currentThread().join();
        }
    }

    /** Starts {@code count} more clients. */
    public HostilePeers start(Kind kind, int count) {
        for (int i = 0; i < count; i++) {
            Random random = new Random(i);
            threads.add(Thread.ofVirtual().start(() -> run(kind, random)));
        }
        return this;
    }

    /** How often one of them has connected. */
    public long connections() {
        return connections.get();
    }

    private void run(Kind kind, Random random) {
        while (!closed) {
            try (Socket socket = new Socket()) {
                sockets.add(socket);
                socket.setReceiveBufferSize(SMALL_BUFFER);
                socket.connect(lane, CONNECT_MS);
                connections.incrementAndGet();
                misbehave(kind, socket, random);
            } catch (IOException e) {
                // That it is dropped is what the client is for.
                sockets.removeIf(Socket::isClosed);
            }
            LockSupport.parkNanos(AGAIN_NS);
        }
    }

    private void misbehave(Kind kind, Socket socket, Random random) throws IOException {
        byte[] noise = new byte[BLOCK];
        random.nextBytes(noise);
        if (kind == Kind.STRANGER) {
            socket.getOutputStream().write(noise);
            socket.getInputStream().readAllBytes();
            return;
        }
        socket.getOutputStream().write(handshake(random));
        if (kind == Kind.GARBAGE) {
            socket.getOutputStream().write(noise);
            socket.getInputStream().readAllBytes();
            return;
        }
        InputStream in = socket.getInputStream();
        if (in.readNBytes(HANDSHAKE).length < HANDSHAKE) {
            throw new EOFException("dropped");
        }
        socket.getOutputStream().write(kind == Kind.RUDE ? requests() : interestedAndRequests());
        while (!closed) {
            LockSupport.parkNanos(SLOW_PAUSE_NS);
            if (kind == Kind.SLOW && in.readNBytes(1 << 10).length == 0) {
                throw new EOFException("dropped");
            }
            if (kind != Kind.SLOW) {
                // A keep-alive, so that it is noticed when the other end is gone.
                socket.getOutputStream().write(new byte[Integer.BYTES]);
            }
        }
    }

    private byte[] handshake(Random random) {
        byte[] id = new byte[20];
        random.nextBytes(id);
        return ByteBuffer.allocate(HANDSHAKE).put(PROTOCOL).putLong(0).put(infoHash).put(id).array();
    }

    private static byte[] interestedAndRequests() {
        byte[] requests = requests();
        return ByteBuffer.allocate(5 + requests.length).putInt(1).put((byte) 2).put(requests).array();
    }

    /** Asks for the first piece's first blocks, over and over. */
    private static byte[] requests() {
        ByteBuffer requests = ByteBuffer.allocate(17 * REQUESTS);
        for (int i = 0; i < REQUESTS; i++) {
            requests.putInt(13).put((byte) 6).putInt(0).putInt(i % 8 * BLOCK).putInt(BLOCK);
        }
        return requests.array();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException("a client's socket does not close", e);
            }
        }
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
            thread.join();
        }
    }
}
