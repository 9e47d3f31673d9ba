package io.lighterage.supernode.torrent;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, between it and the library. Only well-formed messages that a leecher has reason to send reach the
 * library, and only as many requests as the client takes answers, see {@link Flow}.
 *
 * <p>Three virtual threads: one reads the client, one reads the library, one writes to the client. Whoever fails
 * closes all.
 */
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final long HANDSHAKE_NS = Duration.ofSeconds(10).toNanos();
    private static final long SILENCE_NS = Duration.ofMinutes(3).toNanos();
    private static final int METADATA_BLOCK = 16 << 10;
    private static final int LONGEST_FROM_LIBRARY = PeerWire.LONGEST_BLOCK + (64 << 10);

    private final Gate gate;
    private final SocketChannel client;
    private final InetAddress address;
    private final boolean dialled;
    private final Flow flow = new Flow();
    private final long startNs = System.nanoTime();
    private volatile long heardNs = startNs;
    private volatile boolean greeted;
    private volatile boolean closed;
    private volatile boolean choked = true;
    private volatile int metadataId = -1;
    private volatile InfoHash hash;
    private volatile Seeder.Line line;
    private Metainfo metainfo;
    private boolean firstMessage = true;

    /**
     * @param client a connection that was accepted, or that was made to a client
     * @param wanted the torrent that a client is offered to whom the connection was made; of others they tell it
     */
    Relay(Gate gate, SocketChannel client, Optional<InfoHash> wanted) throws IOException {
        this.gate = gate;
        this.client = client;
        this.dialled = wanted.isPresent();
        this.hash = wanted.orElse(null);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.address = ((InetSocketAddress) client.getRemoteAddress()).getAddress();
    }

    InetAddress address() {
        return address;
    }

    /** Whether it is a connection of that host for that torrent. */
    boolean isOf(InetAddress host, InfoHash torrent) {
        return address.equals(host) && torrent.equals(hash);
    }

    /** Serves the client to its end. */
    void run() {
        try {
            if (dialled) {
                write(client, ByteBuffer.wrap(PeerWire.handshake(hash)));
            }
            byte[] handshake = handshake();
            int at = PeerWire.INFO_HASH;
            InfoHash named = InfoHash.ofBytes(Arrays.copyOfRange(handshake, at, at + InfoHash.BYTES));
            if (dialled && !named.equals(hash)) {
                throw new MalformedException("it answers for another torrent than it announced");
            }
            hash = named;
            Offer offer = gate.admit(hash);
            metainfo = offer.metainfo();
            line = gate.seeder().connect(offer);
            greeted = true;
            serve(handshake);
        } catch (LaneException | MalformedException e) {
            gate.refused();
            LOG.debug("{} is refused: {}", address, e.getMessage());
        } catch (IOException e) {
            LOG.debug("{} is gone: {}", address, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("the connection of {} failed", address, e);
        } finally {
            close();
            if (line != null) {
                gate.seeder().disconnected(hash, line.owner());
            }
        }
    }

    /** Reads what begins as a handshake, or refuses at the first byte that does not: a port scan learns nothing. */
    private byte[] handshake() throws IOException {
        byte[] protocol = PeerWire.protocol();
        ByteBuffer head = ByteBuffer.allocate(PeerWire.HANDSHAKE);
        while (head.hasRemaining()) {
            if (client.read(head) < 0) {
                throw new EOFException("it said nothing");
            }
            int told = Math.min(head.position(), protocol.length);
            if (!Arrays.equals(head.array(), 0, told, protocol, 0, told)) {
                throw new MalformedException("it does not begin as BitTorrent does");
            }
        }
        return head.array();
    }

    private void serve(byte[] handshake) throws IOException, InterruptedException {
        // Of what clients offer beyond BEP 3, the library knows the extension protocol.
        int extension = handshake[PeerWire.RESERVED + PeerWire.EXTENSION_BYTE] & PeerWire.EXTENSION_BIT;
        Arrays.fill(handshake, PeerWire.RESERVED, PeerWire.INFO_HASH, (byte) 0);
        handshake[PeerWire.RESERVED + PeerWire.EXTENSION_BYTE] = (byte) extension;
        write(line.channel(), ByteBuffer.wrap(handshake));
        Thread fromLibrary = gate.start("library", () -> closing(this::readLibrary));
        Thread toClient = gate.start("client", () -> closing(this::writeClient));
        closing(this::readClient);
        fromLibrary.join();
        toClient.join();
    }

    /** One direction of the relay. */
    private interface Direction {
        void run() throws IOException, InterruptedException;
    }

    private void closing(Direction direction) {
        try {
            direction.run();
        } catch (MalformedException e) {
            gate.refused();
            LOG.debug("{} is dropped: {}", address, e.getMessage());
        } catch (IOException e) {
            LOG.debug("{} is gone: {}", address, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    private void readClient() throws IOException, InterruptedException {
        ByteBuffer in = ByteBuffer.allocate(PeerWire.LONGEST_EXTENDED + Integer.BYTES + longestBitfield());
        in.limit(0);
        while (!closed) {
            fill(client, in, Integer.BYTES);
            heardNs = System.nanoTime();
            int length = in.getInt(in.position());
            if (length < 0 || length > in.capacity() - Integer.BYTES) {
                throw new MalformedException("a message of " + length + " bytes");
            }
            fill(client, in, Integer.BYTES + length);
            byte[] message = new byte[Integer.BYTES + length];
            in.get(message);
            if (length == 0 || wanted(message)) {
                write(line.channel(), ByteBuffer.wrap(message));
            }
            firstMessage &= length == 0;
        }
    }

    /** Checks a message of the client, and waits where it asks for bytes; answers whether the library needs it. */
    private boolean wanted(byte[] message) throws IOException, InterruptedException {
        int length = message.length - Integer.BYTES;
        int type = message[Integer.BYTES] & 0xff;
        return switch (type) {
            case PeerWire.CHOKE, PeerWire.UNCHOKE, PeerWire.INTERESTED, PeerWire.NOT_INTERESTED -> {
                require(length == 1, "a message of type " + type + " with " + length + " bytes");
                yield type >= PeerWire.INTERESTED;
            }
            case PeerWire.HAVE -> {
                require(length == 5 && piece(message) < metainfo.pieceCount(), "a piece that there is not");
                yield false;
            }
            case PeerWire.BITFIELD -> {
                require(firstMessage || greetedOnly(), "a bitfield that is not first");
                require(length == 1 + longestBitfield(), "a bitfield of " + length + " bytes");
                yield false;
            }
            case PeerWire.REQUEST -> request(message, length);
            case PeerWire.CANCEL -> {
                // What was asked for is on its way; the library would only keep the message.
                require(length == 13, "a cancel of " + length + " bytes");
                yield false;
            }
            case PeerWire.PORT -> {
                require(length == 3, "a port of " + length + " bytes");
                yield false;
            }
            case PeerWire.EXTENDED -> extended(message);
            default -> throw new MalformedException("a message of type " + type);
        };
    }

    /** An extended handshake may come before a bitfield. */
    private boolean greetedOnly() {
        return System.nanoTime() - startNs < HANDSHAKE_NS;
    }

    private static long piece(byte[] message) {
        return Integer.toUnsignedLong(PeerWire.number(message, 5));
    }

    private boolean request(byte[] message, int length) throws IOException, InterruptedException {
        require(length == 13, "a request of " + length + " bytes");
        long piece = piece(message);
        long begin = Integer.toUnsignedLong(PeerWire.number(message, 9));
        long count = Integer.toUnsignedLong(PeerWire.number(message, 13));
        require(piece < metainfo.pieceCount() && count > 0 && count <= PeerWire.LONGEST_BLOCK
                && begin + count <= metainfo.lengthOf((int) piece), "a request beyond the torrent");
        if (choked) {
            // BEP 3 lets us drop it; the library would too, and then owe an answer for ever.
            return false;
        }
        gate.throttle().take((int) count);
        if (!flow.ask((int) count)) {
            return false;
        }
        gate.count((int) count);
        return true;
    }

    /** Lets the extended handshake and requests for metadata through (BEP 10, 9). */
    private boolean extended(byte[] message) throws IOException, InterruptedException {
        require(message.length > 6 && message.length <= PeerWire.LONGEST_EXTENDED, "an extension message that long");
        int id = message[5] & 0xff;
        BencodeReader reader = new BencodeReader(message, 6);
        Bencoded value = reader.value();
        if (id == 0) {
            require(value instanceof Bencoded.Dictionary, "an extended handshake that is no dictionary");
            return true;
        }
        boolean asks = id == metadataId && value instanceof Bencoded.Dictionary dictionary
                && dictionary.number("msg_type").orElse(-1L) == 0
                && dictionary.number("piece").orElse(-1L) >= 0
                && dictionary.number("piece").get() < (metainfo.encoded().length + METADATA_BLOCK - 1) / METADATA_BLOCK;
        return asks && flow.ask(METADATA_BLOCK);
    }

    private static void require(boolean fine, String what) throws MalformedException {
        if (!fine) {
            throw new MalformedException(what);
        }
    }

    private int longestBitfield() {
        return (metainfo.pieceCount() + 7) / 8;
    }

    private void readLibrary() throws IOException {
        ByteBuffer in = ByteBuffer.allocate(LONGEST_FROM_LIBRARY + Integer.BYTES);
        in.limit(0);
        fill(line.channel(), in, PeerWire.HANDSHAKE);
        ByteBuffer handshake = copy(in, PeerWire.HANDSHAKE);
        if (!dialled) {
            flow.offer(handshake, 0);
        }
        while (!closed) {
            fill(line.channel(), in, Integer.BYTES);
            int length = in.getInt(in.position());
            if (length < 0 || length > LONGEST_FROM_LIBRARY) {
                throw new IOException("the library sends a message of " + length + " bytes");
            }
            fill(line.channel(), in, Integer.BYTES + length);
            ByteBuffer message = copy(in, Integer.BYTES + length);
            flow.offer(message, length == 0 ? 0 : answered(message));
            gate.answered();
        }
    }

    /** How many bytes that were asked for a message of the library brings. */
    private int answered(ByteBuffer message) throws IOException {
        byte[] bytes = message.array();
        int type = bytes[4] & 0xff;
        if (type == PeerWire.PIECE) {
            return bytes.length - 13;
        }
        if (type == PeerWire.CHOKE || type == PeerWire.UNCHOKE) {
            choked = type == PeerWire.CHOKE;
        }
        if (type != PeerWire.EXTENDED) {
            return 0;
        }
        if (bytes[5] != 0) {
            return METADATA_BLOCK;
        }
        if (new BencodeReader(bytes, 6).value() instanceof Bencoded.Dictionary handshake) {
            metadataId = handshake.dictionary("m").flatMap(m -> m.number("ut_metadata")).orElse(-1L).intValue();
        }
        return 0;
    }

    private static ByteBuffer copy(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private void writeClient() throws IOException, InterruptedException {
        for (ByteBuffer message = flow.next(); message != null; message = flow.next()) {
            flow.took(client.write(message));
        }
    }

    /** Reads until {@code in} has {@code count} bytes. */
    private static void fill(SocketChannel from, ByteBuffer in, int count) throws IOException {
        if (in.remaining() >= count) {
            return;
        }
        in.compact();
        try {
            while (in.position() < count) {
                if (from.read(in) < 0) {
                    throw new EOFException("the connection ended");
                }
            }
        } finally {
            in.flip();
        }
    }

    private static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    /** Looks after the client; it is dropped if it keeps us waiting. */
    void check(long nowNs) {
        if (!greeted && nowNs - startNs > HANDSHAKE_NS) {
            drop("it has not shaken hands");
        } else if (flow.stalledNs(nowNs) > gate.patienceNs()) {
            gate.stalled();
            drop("it takes nothing of what it asked for");
        } else if (flow.isIdle() && nowNs - heardNs > SILENCE_NS) {
            drop("it says nothing");
        }
    }

    /** How long the library has kept this client waiting, in nanoseconds. */
    long unansweredNs(long nowNs) {
        return flow.unansweredNs(nowNs);
    }

    /** The library that serves it, once there is one. */
    Library library() {
        Seeder.Line known = line;
        return known == null ? null : known.owner();
    }

    /** Since when it has done nothing, for whoever needs its place; {@link Long#MAX_VALUE} if it is busy. */
    long idleSinceNs() {
        return greeted && flow.isIdle() ? heardNs : Long.MAX_VALUE;
    }

    void drop(String why) {
        LOG.debug("{} is dropped: {}", address, why);
        close();
    }

    /** Ends both connections. Idempotent. */
    void close() {
        closed = true;
        flow.close();
        gate.closeQuietly(client);
        Seeder.Line known = line;
        if (known != null) {
            gate.closeQuietly(known.channel());
        }
    }
}
