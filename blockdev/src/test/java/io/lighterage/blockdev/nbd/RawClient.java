package io.lighterage.blockdev.nbd;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Speaks NBD by hand, also as the protocol forbids. Reads wait for 20 seconds at most. */
final class RawClient implements AutoCloseable {
    /** A reply to an option. */
    record OptionReply(int option, int type, byte[] data) {}

    /** A chunk of a structured reply. */
    record Chunk(int flags, int type, long cookie, byte[] payload) {}

    /** A simple reply, without its data. */
    record Simple(int error, long cookie) {}

    final Socket socket;
    final DataInputStream in;
    final DataOutputStream out;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** Takes the greeting and answers with {@code flags}. */
    RawClient greet(int flags) throws IOException {
        if (in.readLong() != Nbd.GREETING_MAGIC || in.readLong() != Nbd.OPTION_MAGIC) {
            throw new IOException("no NBD greeting");
        }
        in.readShort();
        out.writeInt(flags);
        return this;
    }

    static RawClient greeted(int port) throws IOException {
        return new RawClient(port).greet(Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES);
    }

    /** In the transmission phase of {@link ServedDevice#NAME}. */
    static RawClient transmitting(int port, boolean structured, String... contexts) throws IOException {
        RawClient client = greeted(port);
        if (structured) {
            client.option(Nbd.OPT_STRUCTURED_REPLY);
            client.untilAck();
        }
        if (contexts.length > 0) {
            client.option(Nbd.OPT_SET_META_CONTEXT, contexts(ServedDevice.NAME, contexts));
            client.untilAck();
        }
        client.option(Nbd.OPT_GO, info(ServedDevice.NAME));
        client.untilAck();
        return client;
    }

    static byte[] info(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        string(data, name);
        data.writeShort(0);
        return bytes.toByteArray();
    }

    static byte[] contexts(String export, String... queries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        string(data, export);
        data.writeInt(queries.length);
        for (String query : List.of(queries)) {
            string(data, query);
        }
        return bytes.toByteArray();
    }

    private static void string(DataOutputStream data, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.writeInt(bytes.length);
        data.write(bytes);
    }

    void option(int option, byte... data) throws IOException {
        out.writeLong(Nbd.OPTION_MAGIC);
        out.writeInt(option);
        out.writeInt(data.length);
        out.write(data);
    }

    OptionReply optionReply() throws IOException {
        if (in.readLong() != Nbd.OPTION_REPLY_MAGIC) {
            throw new IOException("no reply to an option");
        }
        int option = in.readInt();
        int type = in.readInt();
        return new OptionReply(option, type, in.readNBytes(in.readInt()));
    }

    void untilAck() throws IOException {
        OptionReply reply;
        do {
            reply = optionReply();
            if (reply.type < 0) {
                throw new IOException("refused: " + new String(reply.data, StandardCharsets.UTF_8));
            }
        } while (reply.type != Nbd.REP_ACK);
    }

    void request(int flags, int type, long cookie, long offset, int length) throws IOException {
        // In one write, so that requests do not go out in pieces.
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeInt(Nbd.REQUEST_MAGIC);
        data.writeShort(flags);
        data.writeShort(type);
        data.writeLong(cookie);
        data.writeLong(offset);
        data.writeInt(length);
        out.write(bytes.toByteArray());
    }

    Chunk chunk() throws IOException {
        if (in.readInt() != Nbd.STRUCTURED_REPLY_MAGIC) {
            throw new IOException("no structured reply");
        }
        int flags = in.readUnsignedShort();
        int type = in.readUnsignedShort();
        long cookie = in.readLong();
        return new Chunk(flags, type, cookie, in.readNBytes(in.readInt()));
    }

    Simple simple() throws IOException {
        if (in.readInt() != Nbd.SIMPLE_REPLY_MAGIC) {
            throw new IOException("no simple reply");
        }
        return new Simple(in.readInt(), in.readLong());
    }

    /** Whether the server closes the connection, whatever it says before. */
    boolean isClosed() throws IOException {
        try {
            while (in.read() >= 0) {
                // The rest does not matter.
            }
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
