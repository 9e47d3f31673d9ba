package io.lighterage.blockdev.nbd;

import io.lighterage.blockdev.nbd.NbdOptions.BadOptionException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Agrees with a client on an export and on how to speak of it, then gives way to {@link NbdTransmission}. Its state
 * belongs to the connection's event loop. What may wait runs on a virtual thread, and the client's next option is read
 * after it.
 */
final class NbdHandshake extends ByteToMessageDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(NbdHandshake.class);
    private static final int MOST_OPTION_BYTES = 64 << 10;
    private static final int MOST_OPTIONS = 1000;
    private static final int PREFERRED_BLOCK = 4096;

    private interface Question<T> {
        T ask() throws Exception;
    }

    private interface Answer<T> {
        void take(T answer, Exception failure);
    }

    private final NbdExports exports;
    private final NbdServer server;
    private boolean greeted;
    private boolean noZeroes;
    private boolean structured;
    private int options;

    /** Chosen for {@link #contextsOf}, and valid for that export only. */
    private EnumSet<MetaContext> contexts = EnumSet.noneOf(MetaContext.class);

    private String contextsOf;

    /** Asks the exports for the client, or null. */
    private Thread asking;

    /** Nothing more is read: the connection is about to close. */
    private boolean over;

    private ScheduledFuture<?> timeout;

    NbdHandshake(NbdExports exports, NbdServer server) {
        this.exports = exports;
        this.server = server;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ByteBuf greeting = context.alloc().buffer(18);
        greeting.writeLong(Nbd.GREETING_MAGIC).writeLong(Nbd.OPTION_MAGIC);
        greeting.writeShort(Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES);
        context.writeAndFlush(greeting);
        expectMore(context);
    }

    private void expectMore(ChannelHandlerContext context) {
        stopTimeout();
        timeout = context.executor().schedule(
                () -> close(context, "was silent in the handshake"),
                server.config().handshake().toNanos(), TimeUnit.NANOSECONDS);
    }

    private void stopTimeout() {
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    /** Not as the decoder has it, which would read more though reading was stopped. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        discardSomeReadBytes();
        context.flush();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        stopTimeout();
        over = true;
        if (asking != null) {
            asking.interrupt();
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
        } else if (asking != null) {
            // What a client sends ahead waits in the socket.
            context.channel().config().setAutoRead(false);
        } else if (!greeted) {
            if (in.readableBytes() >= Integer.BYTES) {
                greet(context, in.readInt());
            }
        } else if (in.readableBytes() >= Nbd.OPTION_HEADER_BYTES) {
            readOption(context, in);
        }
    }

    private void greet(ChannelHandlerContext context, int flags) {
        if ((flags & Nbd.FLAG_FIXED_NEWSTYLE) == 0 || (flags & ~(Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES)) != 0) {
            close(context, "greets with flags 0x" + Integer.toHexString(flags) + ", not as fixed newstyle");
            return;
        }
        noZeroes = (flags & Nbd.FLAG_NO_ZEROES) != 0;
        greeted = true;
        expectMore(context);
    }

    private void readOption(ChannelHandlerContext context, ByteBuf in) {
        int start = in.readerIndex();
        int option = in.getInt(start + 8);
        long length = in.getUnsignedInt(start + 12);
        if (in.getLong(start) != Nbd.OPTION_MAGIC) {
            close(context, "sends an option without its magic number");
        } else if (++options > MOST_OPTIONS) {
            close(context, "sends more than " + MOST_OPTIONS + " options");
        } else if (length > MOST_OPTION_BYTES) {
            over = true;
            reply(
                    context,
                    option,
                    Nbd.REP_ERR_TOO_BIG,
                    text(context, "an option has at most " + MOST_OPTION_BYTES + " bytes"));
            context.writeAndFlush(context.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
        } else if (in.readableBytes() >= Nbd.OPTION_HEADER_BYTES + length) {
            in.skipBytes(Nbd.OPTION_HEADER_BYTES);
            expectMore(context);
            ByteBuf data = in.readSlice((int) length);
            try {
                take(context, option, data);
            } catch (BadOptionException e) {
                if (option == Nbd.OPT_EXPORT_NAME) {
                    close(context, "asks for an export by a bad name: " + e.getMessage());
                } else {
                    reply(context, option, Nbd.REP_ERR_INVALID, text(context, e.getMessage()));
                }
            }
            context.flush();
        } else {
            // Comes again with more bytes, and counts then.
            options--;
        }
    }

    private void take(ChannelHandlerContext context, int option, ByteBuf data) throws BadOptionException {
        switch (option) {
            case Nbd.OPT_EXPORT_NAME -> export(context, option, NbdOptions.name(data), List.of());
            case Nbd.OPT_ABORT -> {
                over = true;
                reply(context, option, Nbd.REP_ACK, context.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
            }
            case Nbd.OPT_LIST -> {
                NbdOptions.end(data);
                ask(context, exports::names, (names, failure) -> listed(context, names, failure));
            }
            case Nbd.OPT_INFO, Nbd.OPT_GO -> {
                NbdOptions.Info info = NbdOptions.Info.read(data);
                export(context, option, info.export(), info.wanted());
            }
            case Nbd.OPT_STRUCTURED_REPLY -> {
                NbdOptions.end(data);
                structured = true;
                reply(context, option, Nbd.REP_ACK, context.alloc().buffer(0));
            }
            case Nbd.OPT_LIST_META_CONTEXT, Nbd.OPT_SET_META_CONTEXT ->
                contexts(context, option, NbdOptions.Contexts.read(data));
            case Nbd.OPT_STARTTLS ->
                reply(context, option, Nbd.REP_ERR_UNSUP, text(context, "this server does not speak TLS"));
            default -> reply(context, option, Nbd.REP_ERR_UNSUP, text(context, "unknown option"));
        }
    }

    /**
     * Runs {@code question} on a virtual thread and {@code answer} on the event loop; until then nothing else is read.
     */
    private <T> void ask(ChannelHandlerContext context, Question<T> question, Answer<T> answer) {
        stopTimeout();
        asking = Thread.ofVirtual().name("nbd-handshake").unstarted(() -> {
            T found = null;
            Exception failure = null;
            try {
                found = question.ask();
            } catch (Exception e) {
                failure = e;
            }
            T answered = found;
            Exception failed = failure;
            context.executor().execute(() -> {
                asking = null;
                answer.take(answered, failed);
                if (!over) {
                    expectMore(context);
                    context.flush();
                    context.channel().config().setAutoRead(true);
                    resume(context);
                }
            });
        });
        asking.start();
    }

    /** Goes on with what the client sent meanwhile. */
    private void resume(ChannelHandlerContext context) {
        try {
            channelRead(context, context.alloc().buffer(0));
        } catch (Exception e) {
            context.fireExceptionCaught(e);
        }
    }

    private void listed(ChannelHandlerContext context, List<String> names, Exception failure) {
        if (over) {
            return;
        }
        if (failure != null) {
            LOG.warn("the names of NBD exports cannot be listed", failure);
            reply(context, Nbd.OPT_LIST, Nbd.REP_ERR_UNKNOWN, text(context, "cannot list: " + failure.getMessage()));
            return;
        }
        for (String name : names) {
            ByteBuf data = context.alloc().buffer();
            reply(context, Nbd.OPT_LIST, Nbd.REP_SERVER, string(data, name));
        }
        reply(context, Nbd.OPT_LIST, Nbd.REP_ACK, context.alloc().buffer(0));
    }

    private void export(ChannelHandlerContext context, int option, String name, List<Integer> wanted) {
        ask(context, () -> exports.open(name), (export, failure) -> {
            if (over) {
                if (export != null) {
                    export.ifPresent(opened -> opened.release().run());
                }
            } else if (failure != null) {
                LOG.warn("NBD export '{}' cannot be opened: {}", name, failure.getMessage());
                refuse(context, option, name + " cannot be served: " + failure.getMessage());
            } else if (export.isEmpty()) {
                refuse(context, option, "there is no " + name + " here");
            } else {
                exported(context, option, name, wanted, export);
            }
        });
    }

    private void refuse(ChannelHandlerContext context, int option, String why) {
        if (option == Nbd.OPT_EXPORT_NAME) {
            // The protocol has no other way to say it.
            close(context, why);
        } else {
            reply(context, option, Nbd.REP_ERR_UNKNOWN, text(context, why));
        }
    }

    private void exported(
            ChannelHandlerContext context, int option, String name, List<Integer> wanted, Optional<NbdExport> found) {
        NbdExport export = found.orElseThrow();
        int flags = Nbd.TRANSMISSION_HAS_FLAGS | Nbd.TRANSMISSION_READ_ONLY | Nbd.TRANSMISSION_SEND_FLUSH
                | Nbd.TRANSMISSION_CAN_MULTI_CONN | Nbd.TRANSMISSION_SEND_CACHE
                | (structured ? Nbd.TRANSMISSION_SEND_DF : 0);
        long length = export.device().length();
        if (option == Nbd.OPT_EXPORT_NAME) {
            ByteBuf answer = context.alloc().buffer().writeLong(length).writeShort(flags);
            context.write(noZeroes ? answer : answer.writeZero(Nbd.EXPORT_NAME_ZEROES));
            transmit(context, name, export);
            return;
        }
        reply(context, option, Nbd.REP_INFO,
                context.alloc().buffer().writeShort(Nbd.INFO_EXPORT).writeLong(length).writeShort(flags));
        reply(context, option, Nbd.REP_INFO, context.alloc().buffer().writeShort(Nbd.INFO_BLOCK_SIZE)
                .writeInt(1).writeInt(PREFERRED_BLOCK).writeInt(NbdConfig.MOST_REQUEST_BYTES));
        if (wanted.contains(Nbd.INFO_NAME)) {
            ByteBuf data = context.alloc().buffer().writeShort(Nbd.INFO_NAME);
            data.writeBytes(bytes(export.name()));
            reply(context, option, Nbd.REP_INFO, data);
        }
        reply(context, option, Nbd.REP_ACK, context.alloc().buffer(0));
        if (option == Nbd.OPT_GO) {
            transmit(context, name, export);
        } else {
            export.release().run();
        }
    }

    private void transmit(ChannelHandlerContext context, String name, NbdExport export) {
        over = true;
        context.flush();
        EnumSet<MetaContext> agreed = name.equals(contextsOf) ? contexts : EnumSet.noneOf(MetaContext.class);
        LOG.debug("{} reads {}", context.channel(), export.name());
        context.pipeline().replace(this, "transmission", new NbdTransmission(export, structured, agreed, server));
        context.channel().config().setAutoRead(true);
    }

    private void contexts(ChannelHandlerContext context, int option, NbdOptions.Contexts asked)
            throws BadOptionException {
        boolean set = option == Nbd.OPT_SET_META_CONTEXT;
        if (!structured) {
            throw new BadOptionException("metadata contexts need structured replies");
        }
        EnumSet<MetaContext> found = EnumSet.noneOf(MetaContext.class);
        for (MetaContext each : MetaContext.values()) {
            boolean all = !set && asked.queries().isEmpty();
            if (all || asked.queries().stream().anyMatch(q -> set ? each.text().equals(q) : each.isListedBy(q))) {
                found.add(each);
                ByteBuf data = context.alloc().buffer().writeInt(set ? each.id() : 0);
                reply(context, option, Nbd.REP_META_CONTEXT, data.writeBytes(bytes(each.text())));
            }
        }
        if (set) {
            contexts = found;
            contextsOf = asked.export();
        }
        reply(context, option, Nbd.REP_ACK, context.alloc().buffer(0));
    }

    /** Writes a reply to an option; owns {@code data}. */
    private static ChannelFuture reply(ChannelHandlerContext context, int option, int type, ByteBuf data) {
        ByteBuf header = context.alloc().buffer(20);
        header.writeLong(Nbd.OPTION_REPLY_MAGIC).writeInt(option).writeInt(type).writeInt(data.readableBytes());
        context.write(header);
        return context.write(data);
    }

    private static ByteBuf text(ChannelHandlerContext context, String text) {
        return context.alloc().buffer().writeBytes(bytes(text));
    }

    private static ByteBuf string(ByteBuf data, String text) {
        byte[] bytes = bytes(text);
        return data.writeInt(bytes.length).writeBytes(bytes);
    }

    /** The UTF-8 of {@code text}, cut at what a string may have. */
    private static byte[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= Nbd.MOST_STRING_BYTES ? bytes : Arrays.copyOf(bytes, Nbd.MOST_STRING_BYTES);
    }

    private void close(ChannelHandlerContext context, String why) {
        LOG.info("closing NBD connection of {}: {}", context.channel().remoteAddress(), why);
        over = true;
        context.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        close(context, String.valueOf(cause.getMessage()));
    }
}
