package io.lighterage.peer.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.UUID;

/** The other side as a bare socket that does only what a test says. */
final class RawPeer implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;

    RawPeer(Transport transport) throws IOException {
        socket.setSoTimeout(10_000);
        socket.connect(transport.localAddress(), 10_000);
        in = new DataInputStream(socket.getInputStream());
    }

    /** Introduces itself as the host with the greatest id and reads the answer, so that the connection is open. */
    RawPeer introduce(int features) throws IOException {
        send(FrameEncoder.encode(
                new Hello(Hello.VERSION, new UUID(-1, -1), Hello.Role.NODE, "", 0, "", "", features)));
        expect(WireFormat.HELLO);
        expect(WireFormat.WELCOME);
        return this;
    }

    void send(ByteBuf bytes) throws IOException {
        socket.getOutputStream().write(ByteBufUtil.getBytes(bytes));
        bytes.release();
    }

    void send(byte[] bytes) throws IOException {
        send(Unpooled.wrappedBuffer(bytes));
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** Reads frames, but pings, until the other side closes; answers the reason of its goodbye, or an empty text. */
    String readToTheEnd() throws IOException {
        String reason = "";
        for (int first; (first = in.read()) >= 0; ) {
            byte[] rest = in.readNBytes(4);
            int length = first << 24 | (rest[0] & 0xff) << 16 | (rest[1] & 0xff) << 8 | rest[2] & 0xff;
            byte[] body = in.readNBytes(length);
            if (rest[3] == WireFormat.GOODBYE) {
                reason = ((Frame.Goodbye) FrameParser.parse(WireFormat.GOODBYE, Unpooled.wrappedBuffer(body))).reason();
            }
        }
        return reason;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void expect(int type) throws IOException {
        int length = in.readInt();
        int found = in.readUnsignedByte();
        in.readNBytes(length);
        if (found != type) {
            throw new AssertionError("a frame of type " + found + " instead of " + type);
        }
    }
}
