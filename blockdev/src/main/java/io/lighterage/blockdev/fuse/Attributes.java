package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.fuse.FuseFormat.Attr;
import io.lighterage.blockdev.fuse.FuseFormat.AttrOut;
import io.lighterage.blockdev.fuse.FuseFormat.EntryOut;
import java.lang.foreign.MemorySegment;

/** Writes what the kernel is told of a file or of the root. Only root may read either: images can be private. */
final class Attributes {
    private static final int DIRECTORY = 0040500;
    private static final int REGULAR = 0100400;
    private static final int BLOCK = 4096;
    private static final int SECTOR = 512;
    /** How long the kernel may rely on an answer: files never change, but they go. */
    private static final long VALID_SECONDS = 1;

    private Attributes() {}

    /** Fills a struct fuse_entry_out. */
    static MemorySegment entry(MemorySegment target, FuseFile file) {
        MemorySegment entry = target.asSlice(0, EntryOut.SIZE).fill((byte) 0);
        entry.set(FuseFormat.U64, EntryOut.NODE_ID, file.nodeId());
        entry.set(FuseFormat.U64, EntryOut.ENTRY_VALID, VALID_SECONDS);
        entry.set(FuseFormat.U64, EntryOut.ATTR_VALID, VALID_SECONDS);
        file(entry.asSlice(EntryOut.ATTR, Attr.SIZE), file);
        return entry;
    }

    /** Fills a struct fuse_attr_out of a file, or of the root if {@code file} is null. */
    static MemorySegment attributes(MemorySegment target, FuseFile file) {
        MemorySegment out = target.asSlice(0, AttrOut.SIZE).fill((byte) 0);
        out.set(FuseFormat.U64, AttrOut.ATTR_VALID, VALID_SECONDS);
        MemorySegment attr = out.asSlice(AttrOut.ATTR, Attr.SIZE);
        if (file == null) {
            common(attr, FuseFormat.ROOT_ID, DIRECTORY, 2);
        } else {
            file(attr, file);
        }
        return out;
    }

    private static void file(MemorySegment attr, FuseFile file) {
        common(attr, file.nodeId(), REGULAR, 1);
        attr.set(FuseFormat.U64, Attr.SIZE_BYTES, file.length());
        attr.set(FuseFormat.U64, Attr.BLOCKS, (file.length() + SECTOR - 1) / SECTOR);
    }

    private static void common(MemorySegment attr, long nodeId, int mode, int links) {
        attr.set(FuseFormat.U64, Attr.INO, nodeId);
        attr.set(FuseFormat.U32, Attr.MODE, mode);
        attr.set(FuseFormat.U32, Attr.NLINK, links);
        attr.set(FuseFormat.U32, Attr.BLKSIZE, BLOCK);
    }
}
