package io.lighterage.blockdev.nbd;

import io.lighterage.blockdev.device.BlockDevice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection. Bytes that are here go out of the mapped files at once; a read of others
 * waits on a virtual thread of its own. All state belongs to the connection's event loop.
 *
 * <p>What is outstanding is bounded: beyond the bound no more requests are read, so that a client that does not take
 * its answers fills its own socket and nothing else.
 */
final class NbdTransmission extends ByteToMessageDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(NbdTransmission.class);

    /** What a request counts besides its data. */
    private static final int REQUEST_COST = 8 << 10;

    private static final int CACHE_STEP = 8 << 20;

    /** A request as it came; {@code length} is 0 to 2^32 - 1. */
    record Request(int flags, int type, long cookie, long offset, long length) {
        static Request read(ByteBuf in) {
            in.skipBytes(Integer.BYTES);
            return new Request(
                    in.readUnsignedShort(), in.readUnsignedShort(), in.readLong(), in.readLong(), in.readUnsignedInt());
        }

        boolean fits(BlockDevice device) {
            return offset >= 0 && offset <= device.length() && length <= device.length() - offset;
        }
    }

    private interface Work {
        /** What to do on the event loop afterwards. */
        Runnable run() throws IOException, InterruptedException;
    }

    private final NbdExport export;
    private final BlockDevice device;
    private final NbdReplies replies;
    private final BlockStatus status;
    private final NbdServer server;

    /** Threads that wait for this connection. */
    private final Set<Thread> waiting = new HashSet<>();

    private ChannelHandlerContext context;
    private long outstanding;
    private int pendingWrites;
    private long progressNs = System.nanoTime();

    /** Bytes of a refused write that are still to come, then {@link #refused} is answered. */
    private long skip;

    private Request refused;

    /** The client said that it leaves, or broke the protocol. */
    private boolean leaving;

    private boolean gone;
    private ScheduledFuture<?> watch;

    NbdTransmission(NbdExport export, boolean structured, Set<MetaContext> contexts, NbdServer server) {
        this.export = export;
        this.device = export.device();
        this.replies = new NbdReplies(structured);
        this.status = new BlockStatus(device, replies, contexts);
        this.server = server;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        server.began(this);
        long periodNs = Math.max(1, server.config().stall().toNanos() / 4);
        watch = added.executor().scheduleWithFixedDelay(this::watch, periodNs, periodNs, TimeUnit.NANOSECONDS);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext removed) {
        gone = true;
        watch.cancel(false);
        waiting.forEach(Thread::interrupt);
        if (refused != null) {
            finished(refused);
            refused = null;
        } else {
            releaseIfIdle();
        }
    }

    private void watch() {
        long quietNs = System.nanoTime() - progressNs;
        long idleNs = server.config().idle().toNanos();
        if (pendingWrites > 0 && quietNs > server.config().stall().toNanos()) {
            close("it does not read its answers");
        } else if (idleNs > 0 && outstanding == 0 && quietNs > idleNs) {
            close("it was idle");
        }
    }

    private void releaseIfIdle() {
        if (gone && outstanding == 0) {
            export.release().run();
            server.ended(this);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ignored, ByteBuf in, List<Object> out) {
        if (leaving) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (skip > 0) {
            int skipped = (int) Math.min(skip, in.readableBytes());
            in.skipBytes(skipped);
            skip -= skipped;
        }
        if (refused != null && skip == 0) {
            error(refused, Nbd.EPERM, "the device is read-only");
            refused = null;
        }
        if (skip > 0 || in.readableBytes() < Nbd.REQUEST_BYTES) {
            return;
        }
        if (in.getInt(in.readerIndex()) != Nbd.REQUEST_MAGIC) {
            close("it sends a request without its magic number");
            return;
        }
        int start = in.readerIndex();
        Request request = Request.read(in);
        if (outstanding > 0 && outstanding + costOf(request) > server.config().outstandingBytes()) {
            in.readerIndex(start);
            context.channel().config().setAutoRead(false);
            return;
        }
        progressNs = System.nanoTime();
        take(request);
    }

    private static long costOf(Request request) {
        boolean data = request.type == Nbd.CMD_READ && request.length <= NbdConfig.MOST_REQUEST_BYTES;
        return REQUEST_COST + (data ? request.length : 0);
    }

    /** Not as the decoder has it, which would read more though reading was stopped. */
    @Override
    public void channelReadComplete(ChannelHandlerContext read) {
        discardSomeReadBytes();
        read.flush();
    }

    private void take(Request request) {
        outstanding += costOf(request);
        int allowed = switch (request.type) {
            case Nbd.CMD_READ -> replies.isStructured() ? Nbd.CMD_FLAG_DF : 0;
            case Nbd.CMD_BLOCK_STATUS -> Nbd.CMD_FLAG_REQ_ONE;
            case Nbd.CMD_WRITE, Nbd.CMD_TRIM, Nbd.CMD_WRITE_ZEROES -> -1;
            default -> 0;
        };
        if ((request.flags & ~allowed) != 0 && request.type != Nbd.CMD_DISC) {
            error(request, Nbd.EINVAL, "flags 0x" + Integer.toHexString(request.flags) + " were not agreed on");
            return;
        }
        switch (request.type) {
            case Nbd.CMD_READ -> read(request);
            case Nbd.CMD_WRITE -> write(request);
            case Nbd.CMD_DISC -> leave(request);
            case Nbd.CMD_FLUSH -> answer(request, replies.done(context.alloc(), request.cookie));
            case Nbd.CMD_CACHE -> cache(request);
            case Nbd.CMD_BLOCK_STATUS -> status(request);
            case Nbd.CMD_TRIM, Nbd.CMD_WRITE_ZEROES, Nbd.CMD_RESIZE ->
                error(request, Nbd.EPERM, "the device is read-only");
            default -> error(request, Nbd.EINVAL, "there is no request of type " + request.type);
        }
    }

    private void write(Request request) {
        if (request.length > NbdConfig.MOST_REQUEST_BYTES) {
            finished(request);
            close("it writes " + request.length + " bytes to a read-only device");
            return;
        }
        skip = request.length;
        refused = request;
    }

    private void leave(Request request) {
        leaving = true;
        finished(request);
    }

    private void read(Request request) {
        if (!request.fits(device)) {
            error(request, Nbd.EINVAL, "the device has " + device.length() + " bytes");
        } else if (request.length > NbdConfig.MOST_REQUEST_BYTES) {
            boolean whole = (request.flags & Nbd.CMD_FLAG_DF) != 0;
            error(
                    request,
                    whole ? Nbd.EOVERFLOW : Nbd.EINVAL,
                    "a read has at most " + NbdConfig.MOST_REQUEST_BYTES + " bytes");
        } else {
            List<MemorySegment> views = present(request);
            if (views != null) {
                data(request, views);
            } else {
                work(request, () -> {
                    device.await(request.offset, (int) request.length);
                    return () -> came(request);
                });
            }
        }
    }

    private List<MemorySegment> present(Request request) {
        return device.present(request.offset, (int) request.length);
    }

    private void came(Request request) {
        List<MemorySegment> views = present(request);
        if (views != null) {
            data(request, views);
        } else {
            error(request, Nbd.EIO, "the bytes were withdrawn");
        }
    }

    private void cache(Request request) {
        if (!request.fits(device)) {
            error(request, Nbd.EINVAL, "the device has " + device.length() + " bytes");
            return;
        }
        work(request, () -> {
            for (long at = 0; at < request.length; at += CACHE_STEP) {
                device.await(request.offset + at, (int) Math.min(CACHE_STEP, request.length - at));
            }
            return () -> answer(request, replies.done(context.alloc(), request.cookie));
        });
    }

    private void status(Request request) {
        if (!status.isAgreed() || !request.fits(device) || request.length == 0) {
            error(request, Nbd.EINVAL, status.isAgreed()
                    ? "no block status of " + request.length + " bytes at " + request.offset + " of " + device.length()
                    : "no metadata context was agreed on");
            return;
        }
        boolean one = (request.flags & Nbd.CMD_FLAG_REQ_ONE) != 0;
        work(request, () -> {
            var extents = status.of(request.offset, request.length, one);
            return () -> answer(request, status.write(context.alloc(), request.cookie, extents));
        });
    }

    /** Does {@code work} on a virtual thread, and what it answers on the event loop. */
    private void work(Request request, Work work) {
        Thread thread = Thread.ofVirtual().name("nbd-" + request.cookie).unstarted(() -> {
            Runnable after;
            try {
                after = work.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                after = () -> error(request, Nbd.EIO, "the connection is closed");
            } catch (IOException | RuntimeException e) {
                LOG.warn("NBD request of {} bytes at {} of {} failed: {}",
                        request.length, request.offset, export.name(), e.getMessage());
                after = () -> error(request, Nbd.EIO, String.valueOf(e.getMessage()));
            }
            Thread worker = Thread.currentThread();
            Runnable then = after;
            context.executor().execute(() -> {
                waiting.remove(worker);
                if (gone) {
                    finished(request);
                } else {
                    then.run();
                    context.flush();
                }
            });
        });
        waiting.add(thread);
        thread.start();
    }

    /** Sends {@code views} out of the mapped files without copying them. */
    private void data(Request request, List<MemorySegment> views) {
        ByteBuf header = replies.data(context.alloc(), request.cookie, request.offset, (int) request.length);
        if (views.isEmpty()) {
            answer(request, header);
            return;
        }
        context.write(header, context.voidPromise());
        for (MemorySegment view : views.subList(0, views.size() - 1)) {
            context.write(Unpooled.wrappedBuffer(view.asByteBuffer()), context.voidPromise());
        }
        answer(request, Unpooled.wrappedBuffer(views.getLast().asByteBuffer()));
    }

    private void error(Request request, int error, String why) {
        answer(request, replies.error(context.alloc(), request.cookie, error, why));
    }

    /** Writes the last bytes of an answer. */
    private void answer(Request request, ByteBuf last) {
        pendingWrites++;
        if (pendingWrites == 1) {
            progressNs = System.nanoTime();
        }
        context.write(last).addListener((ChannelFuture written) -> {
            pendingWrites--;
            progressNs = System.nanoTime();
            finished(request);
        });
    }

    private void finished(Request request) {
        outstanding -= costOf(request);
        if (gone) {
            releaseIfIdle();
        } else if (leaving && outstanding == 0) {
            context.close();
        } else if (!context.channel().config().isAutoRead() && outstanding <= server.config().outstandingBytes() / 2) {
            context.channel().config().setAutoRead(true);
            context.executor().execute(this::resume);
        }
    }

    /** Goes on with requests that were read but had to wait. */
    private void resume() {
        if (!gone) {
            try {
                channelRead(context, Unpooled.EMPTY_BUFFER);
                channelReadComplete(context);
            } catch (Exception e) {
                exceptionCaught(context, e);
            }
        }
    }

    private void close(String why) {
        LOG.info("closing NBD connection of {} to {}: {}", context.channel().remoteAddress(), export.name(), why);
        leaving = true;
        context.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("NBD connection of {} broke", caught.channel().remoteAddress(), cause);
            caught.close();
        } else {
            LOG.error("NBD connection of {} fails", caught.channel().remoteAddress(), cause);
            caught.close();
        }
    }
}
