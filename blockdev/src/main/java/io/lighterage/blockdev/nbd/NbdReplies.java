package io.lighterage.blockdev.nbd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the headers of replies, simple or structured as was agreed. */
final class NbdReplies {
    /** A run of a device with one status. */
    record Extent(int length, int status) {}

    private final boolean structured;

    NbdReplies(boolean structured) {
        this.structured = structured;
    }

    boolean isStructured() {
        return structured;
    }

    /** What goes before {@code length} bytes of data, all that was asked for. */
    ByteBuf data(ByteBufAllocator alloc, long cookie, long offset, int length) {
        if (!structured || length == 0) {
            return done(alloc, cookie);
        }
        ByteBuf out = alloc.buffer(Nbd.STRUCTURED_REPLY_BYTES + Long.BYTES);
        return chunk(out, Nbd.REPLY_FLAG_DONE, Nbd.REPLY_TYPE_OFFSET_DATA, cookie, Long.BYTES + length)
                .writeLong(offset);
    }

    /** A request went well, and there is nothing more to say. */
    ByteBuf done(ByteBufAllocator alloc, long cookie) {
        if (structured) {
            return chunk(alloc.buffer(Nbd.STRUCTURED_REPLY_BYTES), Nbd.REPLY_FLAG_DONE, Nbd.REPLY_TYPE_NONE, cookie, 0);
        }
        return alloc.buffer(Nbd.SIMPLE_REPLY_BYTES).writeInt(Nbd.SIMPLE_REPLY_MAGIC).writeInt(0).writeLong(cookie);
    }

    /** A request failed. */
    ByteBuf error(ByteBufAllocator alloc, long cookie, int error, String why) {
        if (!structured) {
            return alloc.buffer(Nbd.SIMPLE_REPLY_BYTES)
                    .writeInt(Nbd.SIMPLE_REPLY_MAGIC)
                    .writeInt(error)
                    .writeLong(cookie);
        }
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, Nbd.MOST_STRING_BYTES);
        ByteBuf out = alloc.buffer(Nbd.STRUCTURED_REPLY_BYTES + Integer.BYTES + Short.BYTES + length);
        chunk(out, Nbd.REPLY_FLAG_DONE, Nbd.REPLY_TYPE_ERROR, cookie, Integer.BYTES + Short.BYTES + length);
        return out.writeInt(error).writeShort(length).writeBytes(text, 0, length);
    }

    /** What one context says of a range. */
    ByteBuf status(ByteBufAllocator alloc, long cookie, MetaContext context, List<Extent> extents, boolean last) {
        int payload = Integer.BYTES + extents.size() * 2 * Integer.BYTES;
        ByteBuf out = alloc.buffer(Nbd.STRUCTURED_REPLY_BYTES + payload);
        chunk(out, last ? Nbd.REPLY_FLAG_DONE : 0, Nbd.REPLY_TYPE_BLOCK_STATUS, cookie, payload);
        out.writeInt(context.id());
        extents.forEach(extent -> out.writeInt(extent.length()).writeInt(extent.status()));
        return out;
    }

    private static ByteBuf chunk(ByteBuf out, int flags, int type, long cookie, int payload) {
        return out.writeInt(Nbd.STRUCTURED_REPLY_MAGIC)
                .writeShort(flags)
                .writeShort(type)
                .writeLong(cookie)
                .writeInt(payload);
    }
}
