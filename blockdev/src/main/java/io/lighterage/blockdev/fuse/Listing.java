package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.fuse.FuseFormat.Dirent;
import io.lighterage.blockdev.fuse.FuseFormat.EntryOut;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Fills the answer to READDIR or READDIRPLUS. The offset of an entry is its node id (1 and 2 for {@code .} and
 * {@code ..}), so a listing needs no state and goes on after a restart.
 */
final class Listing {
    private static final long DOT = 1;
    private static final long DOT_DOT = 2;

    private final MemorySegment target;
    private final boolean plus;
    private long size;

    private Listing(MemorySegment target, boolean plus) {
        this.target = target;
        this.plus = plus;
    }

    /** The entries after {@code offset} that fit in {@code target}. */
    static MemorySegment fill(MemorySegment target, FuseFiles files, long offset, boolean plus) {
        Listing listing = new Listing(target, plus);
        boolean fits = (offset >= DOT || listing.add(".", FuseFormat.ROOT_ID, DOT, null))
                && (offset >= DOT_DOT || listing.add("..", FuseFormat.ROOT_ID, DOT_DOT, null));
        if (fits) {
            for (FuseFile file : files.after(offset)) {
                if (!listing.add(file.name(), file.nodeId(), file.nodeId(), file)) {
                    break;
                }
            }
        }
        return target.asSlice(0, listing.size);
    }

    private boolean add(String name, long inode, long offset, FuseFile file) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        long head = plus ? EntryOut.SIZE : 0;
        long length = head + Dirent.size(bytes.length);
        if (size + length > target.byteSize()) {
            return false;
        }
        MemorySegment entry = target.asSlice(size, length).fill((byte) 0);
        if (plus && file != null) {
            // Without it (node id 0) the kernel takes the entry as a name only, as it wants it for . and ..
            Attributes.entry(entry, file);
        }
        MemorySegment dirent = entry.asSlice(head);
        dirent.set(FuseFormat.U64, Dirent.INO, inode);
        dirent.set(FuseFormat.U64, Dirent.OFF, offset);
        dirent.set(FuseFormat.U32, Dirent.NAMELEN, bytes.length);
        dirent.set(FuseFormat.U32, Dirent.TYPE, file == null ? Dirent.DT_DIR : Dirent.DT_REG);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, dirent, Dirent.NAME, bytes.length);
        size += length;
        return true;
    }
}
