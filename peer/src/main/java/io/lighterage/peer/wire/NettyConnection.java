package io.lighterage.peer.wire;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection after its introduction. Fields without a word are owned by the event loop. */
final class NettyConnection extends ChannelInboundHandlerAdapter implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(NettyConnection.class);
    private static final int GOODBYE_DEADLINE_MS = 1_000;
    private static final int UNPACKING_BEFORE_PAUSE = 2;

    private final Channel channel;
    private final FrameDecoder decoder;
    private final Hello peer;
    private final InetSocketAddress remote;
    private final ConnectionListener listener;
    private final ConnectionTable table;
    private final ChunkPacker packer;
    private final TcpState tcp;
    private final Outbound outbound;
    private final long idleNs;

    /** Why it ends, set once by whoever ends it first; safe for all threads. */
    private final AtomicReference<String> ending = new AtomicReference<>();

    private final Queue<CompressedChunk> packed = new ArrayDeque<>();
    private boolean unpacking;
    private boolean reported;
    private long lastReadNs;
    private long lastPingNs;
    private long lastProgressNs;
    private long lastProgress;
    private volatile long bytesReceived;
    private volatile long roundTripNs;

    NettyConnection(
            Channel channel,
            FrameDecoder decoder,
            Hello peer,
            ConnectionListener listener,
            ConnectionTable table,
            ChunkPacker packer,
            CompressionChoice compression,
            long packBelow,
            boolean encrypted,
            long idleNs) {
        this.channel = channel;
        this.decoder = decoder;
        this.peer = peer;
        this.remote = (InetSocketAddress) channel.remoteAddress();
        this.listener = listener;
        this.table = table;
        this.packer = packer;
        this.tcp = new TcpState(channel);
        this.outbound = new Outbound(channel, tcp, packer, compression, packBelow, encrypted, this::close);
        this.idleNs = idleNs;
    }

    @Override
    public Hello peer() {
        return peer;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public void send(Frame frame) {
        switch (frame) {
            case Frame.Ping _, Frame.Pong _, Frame.Goodbye _ ->
                throw new IllegalArgumentException("the wire itself sends " + frame);
            case Frame.Chunk _ -> throw new IllegalArgumentException("chunks are sent by sendChunk");
            default -> outbound.add(FrameEncoder.encode(frame));
        }
    }

    @Override
    public void sendChunk(
            int request,
            Digest digest,
            int index,
            Priority priority,
            BlobReader reader,
            long offset,
            int length,
            ChunkSent onDone) {
        outbound.add(new OutgoingChunk(request, digest, index, priority, reader, offset, length, onDone));
    }

    @Override
    public long queuedBytes() {
        return outbound.queuedBytes();
    }

    @Override
    public long roundTripNs() {
        return roundTripNs;
    }

    @Override
    public long delayNs() {
        return tcp.delayNs();
    }

    @Override
    public long bytesReceived() {
        return bytesReceived;
    }

    @Override
    public long bytesSent() {
        return outbound.bytesSent();
    }

    @Override
    public void close(String reason) {
        end(reason, true);
    }

    @Override
    public String toString() {
        return peer.role().name().toLowerCase() + " at " + Addresses.text(remote);
    }

    /** Whether it is closed or about to be. Any thread. */
    boolean isEnding() {
        return ending.get() != null || !channel.isActive();
    }

    /** Begins its life: tells the listener, and watches for silence. */
    void opened() {
        lastReadNs = System.nanoTime();
        lastProgressNs = lastReadNs;
        decoder.enter(FrameDecoder.Phase.OPEN);
        reported = true;
        guarded(() -> listener.connected(this));
        tick();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (ending.get() != null) {
            drop(message);
            return;
        }
        switch (message) {
            case Frame.Ping ping -> outbound.add(FrameEncoder.encode(new Frame.Pong(ping.nonce())));
            case Frame.Pong pong -> measure(pong);
            case Frame.Goodbye goodbye -> end("it said goodbye: " + Addresses.printable(goodbye.reason()), false);
            case Frame frame -> guarded(() -> listener.received(this, frame));
            case CompressedChunk chunk -> {
                packed.add(chunk);
                unpackNext();
            }
            default -> throw new IllegalStateException("the decoder passed on " + message.getClass());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        lastReadNs = System.nanoTime();
        bytesReceived = decoder.bytesReceived();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        outbound.pump();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        boolean first = ending.get() == null;
        if (cause instanceof MalformedFrameException) {
            if (first) {
                LOG.warn("{} sent something malformed: {}", this, cause.getMessage());
            }
            close("malformed: " + cause.getMessage());
        } else if (cause instanceof IOException || cause instanceof DecoderException) {
            close(TlsFailure.explain(cause));
        } else {
            LOG.error("the connection to {} failed", this, cause);
            close("internal error");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ending.compareAndSet(null, "it closed the connection");
        outbound.close();
        packed.forEach(chunk -> chunk.packed().release());
        packed.clear();
        bytesReceived = decoder.bytesReceived();
        table.remove(this);
        if (reported) {
            reported = false;
            guarded(() -> listener.disconnected(this, ending.get()));
        }
    }

    /** Ends the connection, the first time that it is called. Any thread. */
    private void end(String reason, boolean sayGoodbye) {
        if (!ending.compareAndSet(null, reason)) {
            return;
        }
        try {
            channel.eventLoop().execute(() -> {
                decoder.stop();
                if (sayGoodbye && channel.isActive()) {
                    outbound.finish();
                    channel.writeAndFlush(FrameEncoder.encode(new Frame.Goodbye(reason)))
                            .addListener(ChannelFutureListener.CLOSE);
                    channel.eventLoop().schedule(() -> channel.close(), GOODBYE_DEADLINE_MS, TimeUnit.MILLISECONDS);
                } else {
                    outbound.close();
                    channel.close();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("{} is closed already with the transport", this);
        }
    }

    /** Pings, and ends the connection when the other side is silent or does not take what it is sent. */
    private void tick() {
        if (isEnding()) {
            return;
        }
        long now = System.nanoTime();
        long progress = outbound.progress();
        if (progress == 0 || progress != lastProgress) {
            lastProgress = progress;
            lastProgressNs = now;
        }
        if (now - lastReadNs >= idleNs) {
            close("silent for " + TimeUnit.NANOSECONDS.toMillis(now - lastReadNs) + " ms");
        } else if (now - lastProgressNs >= idleNs) {
            close("does not read: no byte of a chunk left for " + TimeUnit.NANOSECONDS.toMillis(now - lastProgressNs)
                    + " ms");
        } else {
            lastPingNs = now;
            outbound.add(FrameEncoder.encode(new Frame.Ping(now)));
            channel.eventLoop().schedule(this::tick, idleNs / 3, TimeUnit.NANOSECONDS);
        }
    }

    private void measure(Frame.Pong pong) {
        if (pong.nonce() == lastPingNs) {
            roundTripNs = Math.max(1, System.nanoTime() - lastPingNs);
        }
    }

    /** Unpacks one chunk after another, so that a connection costs one plain chunk at a time. */
    private void unpackNext() {
        channel.config().setAutoRead(packed.size() < UNPACKING_BEFORE_PAUSE);
        if (unpacking || packed.isEmpty()) {
            return;
        }
        CompressedChunk chunk = packed.remove();
        unpacking = true;
        try {
            packer.unpack(chunk, (plain, failure) -> unpacked(chunk, plain, failure));
        } catch (RejectedExecutionException e) {
            close("this host is closing");
        }
    }

    /** Comes on a thread of the packer. */
    private void unpacked(CompressedChunk chunk, ByteBuf plain, IOException failure) {
        try {
            channel.eventLoop().execute(() -> {
                unpacking = false;
                if (failure != null) {
                    exceptionCaught(null, failure);
                } else if (ending.get() != null) {
                    plain.release();
                } else {
                    Frame frame = new Frame.Chunk(chunk.request(), chunk.digest(), chunk.index(), plain);
                    guarded(() -> listener.received(this, frame));
                    unpackNext();
                }
            });
        } catch (RejectedExecutionException e) {
            if (plain != null) {
                plain.release();
            }
        }
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("what came from {} could not be handled", this, e);
            close("internal error");
        }
    }

    private static void drop(Object message) {
        if (message instanceof Frame.Chunk chunk) {
            chunk.data().release();
        } else if (message instanceof CompressedChunk chunk) {
            chunk.packed().release();
        }
    }
}
