package io.lighterage.supernode.torrent;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A small client that speaks the peer wire protocol as a test tells it. Owned by one thread. */
final class Leecher implements AutoCloseable {
    private static final int READ_MS = 20_000;
    private static final int METADATA = 7;

    private final Socket socket;
    private final DataInputStream in;

    private Leecher(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** Connects and says nothing. */
    static Leecher connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(READ_MS);
        return new Leecher(socket);
    }

    /** Connects and shakes hands. */
    static Leecher join(int port, InfoHash hash) throws IOException {
        return connect(port).shakeHands(hash);
    }

    /** Waits until somebody connects, and shakes hands. */
    static Leecher accept(ServerSocket server, InfoHash hash) throws IOException {
        server.setSoTimeout(READ_MS);
        Socket socket = server.accept();
        socket.setSoTimeout(READ_MS);
        return new Leecher(socket).shakeHands(hash);
    }

    private Leecher shakeHands(InfoHash hash) throws IOException {
        send(PeerWire.handshake(hash));
        byte[] theirs = in.readNBytes(PeerWire.HANDSHAKE);
        int at = PeerWire.INFO_HASH;
        if (theirs.length < PeerWire.HANDSHAKE
                || !Arrays.equals(theirs, at, at + InfoHash.BYTES, hash.bytes(), 0, InfoHash.BYTES)) {
            close();
            throw new EOFException("no handshake came");
        }
        return this;
    }

    /** Sends bytes as they are. */
    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Sends a message. */
    void send(int type, byte[] body) throws IOException {
        send(ByteBuffer.allocate(5 + body.length).putInt(1 + body.length).put((byte) type).put(body).array());
    }

    /** Asks for a block. */
    void request(int piece, int begin, int length) throws IOException {
        send(PeerWire.REQUEST, ByteBuffer.allocate(12).putInt(piece).putInt(begin).putInt(length).array());
    }

    /** Says that it is interested, and waits until it may ask. */
    Leecher interested() throws IOException {
        send(PeerWire.INTERESTED, new byte[0]);
        await(PeerWire.UNCHOKE);
        return this;
    }

    /** The block of the next piece message. */
    byte[] block() throws IOException {
        byte[] body = await(PeerWire.PIECE);
        return Arrays.copyOfRange(body, 8, body.length);
    }

    /** Asks for the info dictionary by BEP 9 and 10. */
    byte[] metadata() throws IOException {
        Bencoded.Dictionary known = new Bencoded.Dictionary().with("ut_metadata", METADATA);
        extended(0, new Bencoded.Dictionary().with("m", known));
        Bencoded.Dictionary theirs = parse(await(PeerWire.EXTENDED));
        long id = theirs.dictionary("m").flatMap(m -> m.number("ut_metadata")).orElseThrow();
        int size = theirs.number("metadata_size").orElseThrow().intValue();
        ByteBuffer metadata = ByteBuffer.allocate(size);
        for (int piece = 0; metadata.hasRemaining(); piece++) {
            extended((int) id, new Bencoded.Dictionary().with("msg_type", 0).with("piece", piece));
            byte[] answer = await(PeerWire.EXTENDED);
            BencodeReader reader = new BencodeReader(answer, 1);
            reader.value();
            metadata.put(answer, reader.position(), answer.length - reader.position());
        }
        return metadata.array();
    }

    private void extended(int id, Bencoded.Dictionary message) throws IOException {
        byte[] bytes = message.encode();
        send(PeerWire.EXTENDED, ByteBuffer.allocate(1 + bytes.length).put((byte) id).put(bytes).array());
    }

    private static Bencoded.Dictionary parse(byte[] body) throws MalformedException {
        return (Bencoded.Dictionary) new BencodeReader(body, 1).value();
    }

    /** The body of the next message of this type; others are passed over. */
    private byte[] await(int type) throws IOException {
        while (true) {
            int length = in.readInt();
            if (length == 0) {
                continue;
            }
            int found = in.readUnsignedByte();
            byte[] body = in.readNBytes(length - 1);
            if (found == type) {
                return body;
            }
        }
    }

    /** Whether the other end has closed the connection; waits for it, and reads what comes before. */
    boolean isDropped() throws IOException {
        try {
            in.readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
