package io.lighterage.blockdev.nbd;

import io.lighterage.blockdev.device.BlockDevice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Answers what the agreed metadata contexts say of a range. */
final class BlockStatus {
    /** A client asks again from the end of a shorter answer. */
    private static final int MOST_EXTENTS = 1024;

    private final BlockDevice device;
    private final NbdReplies replies;
    private final Set<MetaContext> contexts;

    BlockStatus(BlockDevice device, NbdReplies replies, Set<MetaContext> contexts) {
        this.device = device;
        this.replies = replies;
        this.contexts = contexts;
    }

    /** Whether there is any context to tell of. */
    boolean isAgreed() {
        return !contexts.isEmpty();
    }

    /** The extents from {@code offset} on by each context; one each if {@code one}. */
    Map<MetaContext, List<NbdReplies.Extent>> of(long offset, long length, boolean one) {
        Map<MetaContext, List<NbdReplies.Extent>> extents = new EnumMap<>(MetaContext.class);
        for (MetaContext context : contexts) {
            extents.put(context, switch (context) {
                // Lengths are unsigned on the wire.
                case ALLOCATION -> List.of(new NbdReplies.Extent((int) length, 0));
                case LOCAL -> local(offset, length, one ? 1 : MOST_EXTENTS);
            });
        }
        return extents;
    }

    private List<NbdReplies.Extent> local(long offset, long length, int most) {
        List<NbdReplies.Extent> extents = new ArrayList<>();
        for (long at = offset; at < offset + length && extents.size() < most; ) {
            long run = device.run(at, offset + length - at);
            extents.add(new NbdReplies.Extent((int) Math.abs(run), run > 0 ? MetaContext.STATUS_LOCAL : 0));
            at += Math.abs(run);
        }
        return extents;
    }

    /** The whole reply. */
    ByteBuf write(ByteBufAllocator alloc, long cookie, Map<MetaContext, List<NbdReplies.Extent>> extents) {
        ByteBuf out = alloc.buffer();
        int left = extents.size();
        for (var each : extents.entrySet()) {
            ByteBuf chunk = replies.status(alloc, cookie, each.getKey(), each.getValue(), --left == 0);
            out.writeBytes(chunk);
            chunk.release();
        }
        return out;
    }
}
