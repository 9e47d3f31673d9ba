package io.lighterage.peer.wire;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;

/**
 * Cuts what arrives into frames and passes them on: {@link Hello}, {@link Handshaking}, {@link Frame} and
 * {@link CompressedChunk}.
 *
 * <p>A chunk's payload is copied once, as it arrives, into a buffer of its exact size; there is never more than one
 * that is unfinished, and while it is the kernel wakes nobody for less than {@link #WAKE_BYTES} of it: over a slow
 * link a chunk comes in hundreds of small segments. After a malformed frame, which is passed on as a
 * {@link MalformedFrameException}, everything else is dropped. All state is owned by the event loop.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
    /** Why a host that speaks TLS is refused where nothing is encrypted. */
    static final String SPEAKS_TLS = "it speaks TLS, and this host has no certificate";

    private static final int FIRST_BODY_PIECE = 16 << 10;

    /** What the rest of a chunk must come to before it is worth a read, 128 KiB. */
    private static final int WAKE_BYTES = 128 << 10;

    /** {@code SO_RCVLOWAT} of socket(7): level {@code SOL_SOCKET} = 1, name 18. */
    private static final ChannelOption<Integer> RECEIVE_LOW_WATER = new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);

    /** What the other side may send now. */
    enum Phase {
        INTRODUCTION,
        DECISION,
        OPEN,
        STOPPED
    }

    /** What a TLS handler may hold of a record that has not come whole, and with it of a chunk. */
    private static final int HELD_BY_TLS = 17 << 10;

    /** The first bytes of a TLS record: an alert or a handshake, of version 3 (RFC 8446, section 5.1). */
    private static final int TLS_ALERT = 0x1503;
    private static final int TLS_HANDSHAKE = 0x1603;

    private final int heldBack;
    private final ByteBuf head = Unpooled.buffer(WireFormat.HEAD + WireFormat.ZSTD_CHUNK_HEAD);
    private Phase phase = Phase.INTRODUCTION;
    private boolean zstd;
    private long bytesReceived;
    private int type;
    private int bodyLength;
    /** The unfinished body of a frame that is not a chunk, or the unfinished payload of a chunk. */
    private ByteBuf unfinished;
    private int wakeBytes = 1;

    /** @param encrypted whether what arrives here went through TLS */
    FrameDecoder(boolean encrypted) {
        this.heldBack = encrypted ? HELD_BY_TLS : 0;
    }

    /** Allows the frames of {@code next} from here on. */
    void enter(Phase next) {
        if (phase != Phase.STOPPED) {
            phase = next;
        }
    }

    /** Allows packed chunks. */
    void allowZstd() {
        zstd = true;
    }

    /** Drops everything that is unfinished or still comes. */
    void stop() {
        phase = Phase.STOPPED;
        if (unfinished != null) {
            unfinished.release();
            unfinished = null;
        }
    }

    /** Bytes that arrived so far. */
    long bytesReceived() {
        return bytesReceived;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        bytesReceived += in.readableBytes();
        try {
            while (in.isReadable() && phase != Phase.STOPPED) {
                advance(context, in);
            }
        } catch (IOException e) {
            stop();
            context.fireExceptionCaught(e);
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        int wanted = unfinished != null && isChunk()
                ? Math.clamp(unfinished.maxCapacity() - unfinished.writerIndex() - heldBack, 1, WAKE_BYTES)
                : 1;
        if (wanted != wakeBytes && context.channel() instanceof EpollSocketChannel socket && socket.isOpen()) {
            socket.config().setOption(RECEIVE_LOW_WATER, wanted);
            wakeBytes = wanted;
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stop();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        stop();
    }

    private void advance(ChannelHandlerContext context, ByteBuf in) throws IOException {
        if (unfinished == null) {
            readHead(context, in);
            return;
        }
        int missing = unfinished.maxCapacity() - unfinished.writerIndex();
        unfinished.writeBytes(in, Math.min(missing, in.readableBytes()));
        if (unfinished.writerIndex() < unfinished.maxCapacity()) {
            return;
        }
        ByteBuf whole = unfinished;
        unfinished = null;
        if (isChunk()) {
            deliverChunk(context, whole);
        } else {
            try {
                deliver(context, FrameParser.parse(type, whole));
            } finally {
                whole.release();
            }
        }
    }

    /** Reads the fixed part of a frame, which for a chunk includes what precedes its payload. */
    private void readHead(ChannelHandlerContext context, ByteBuf in) throws IOException {
        if (!fillHead(in, WireFormat.HEAD)) {
            return;
        }
        long length = head.getUnsignedInt(0);
        type = head.getUnsignedByte(4);
        check(length);
        bodyLength = (int) length;
        if (isChunk()) {
            if (fillHead(in, WireFormat.HEAD + chunkHeadLength())) {
                beginChunk(context);
            }
            return;
        }
        head.clear();
        if (in.readableBytes() >= bodyLength) {
            deliver(context, FrameParser.parse(type, in.readSlice(bodyLength)));
        } else {
            unfinished = context.alloc().heapBuffer(Math.min(bodyLength, FIRST_BODY_PIECE), bodyLength);
        }
    }

    private boolean fillHead(ByteBuf in, int wanted) {
        int missing = wanted - head.writerIndex();
        if (missing > 0) {
            head.writeBytes(in, Math.min(missing, in.readableBytes()));
        }
        return head.writerIndex() >= wanted;
    }

    private void check(long length) throws MalformedFrameException {
        boolean allowed =
                switch (phase) {
                    case INTRODUCTION -> type == WireFormat.HELLO || type == WireFormat.GOODBYE;
                    case DECISION ->
                        type == WireFormat.WELCOME || type == WireFormat.DUPLICATE || type == WireFormat.GOODBYE;
                    case OPEN -> type >= WireFormat.GOODBYE && (type != WireFormat.ZSTD_CHUNK || zstd);
                    case STOPPED -> false;
                };
        WireFormat.Bounds bounds = WireFormat.bounds(type);
        if (phase == Phase.INTRODUCTION && (length >>> 16 == TLS_ALERT || length >>> 16 == TLS_HANDSHAKE)) {
            throw new MalformedFrameException(SPEAKS_TLS);
        }
        if (phase == Phase.INTRODUCTION && (!allowed || !bounds.allow(length))) {
            throw new MalformedFrameException("it does not speak the exchange's protocol");
        }
        if (!allowed || bounds == null) {
            throw new MalformedFrameException("a frame of type " + type + " has no place here");
        }
        if (!bounds.allow(length)) {
            throw new MalformedFrameException("a frame of type " + type + " announces " + length + " bytes, "
                    + bounds.least() + " to " + bounds.greatest() + " are allowed");
        }
    }

    private void beginChunk(ChannelHandlerContext context) throws IOException {
        int payload = bodyLength - chunkHeadLength();
        if (type == WireFormat.ZSTD_CHUNK) {
            int plain = head.getInt(WireFormat.HEAD + WireFormat.CHUNK_HEAD);
            if (plain <= payload || plain > BlobInfo.LARGEST_CHUNK) {
                throw new MalformedFrameException("a chunk of " + payload + " packed bytes announces "
                        + Integer.toUnsignedString(plain) + " plain ones");
            }
        }
        int index = head.getInt(WireFormat.HEAD + 4 + Digest.BYTES);
        if (index < 0 || index >= WireFormat.MOST_CHUNKS) {
            throw new MalformedFrameException("no blob has a chunk " + Integer.toUnsignedString(index));
        }
        try {
            unfinished = context.alloc().directBuffer(payload, payload);
        } catch (OutOfMemoryError e) { // of direct memory: the connection that asked for it pays, nobody else
            throw new IOException("no memory for a chunk of " + payload + " bytes", e);
        }
    }

    private void deliverChunk(ChannelHandlerContext context, ByteBuf payload) {
        head.skipBytes(WireFormat.HEAD);
        int request = head.readInt();
        Digest digest = FrameParser.digest(head);
        int index = head.readInt();
        Object chunk = type == WireFormat.CHUNK
                ? new Frame.Chunk(request, digest, index, payload)
                : new CompressedChunk(request, digest, index, head.readInt(), payload);
        head.clear();
        context.fireChannelRead(chunk);
    }

    private void deliver(ChannelHandlerContext context, Object parsed) {
        context.fireChannelRead(parsed);
    }

    private boolean isChunk() {
        return type == WireFormat.CHUNK || type == WireFormat.ZSTD_CHUNK;
    }

    private int chunkHeadLength() {
        return type == WireFormat.CHUNK ? WireFormat.CHUNK_HEAD : WireFormat.ZSTD_CHUNK_HEAD;
    }
}
