package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK;

import io.lighterage.blockdev.image.ErofsLayout.Dirent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Packs a directory's entries into blocks, {@code .} and {@code ..} among them where the order of bytes puts them: each
 * block is filled as far as whole entries go. Linux finds a name by two binary searches, over blocks and within one.
 */
final class DirectoryPacker {
    /** Takes the directory's blocks in order; all have 4096 bytes but the last. */
    interface Sink {
        void block(ByteBuffer block) throws IOException;
    }

    private record Entry(String name, PlannedInode inode) {}

    private final TreeWalk walk;

    DirectoryPacker(TreeWalk walk) {
        this.walk = walk;
    }

    /** {@code i_size} of a directory: its full blocks and the bytes used of the last. */
    static long size(Inode.Directory directory) {
        long full = 0;
        int used = 0;
        // The place of "." and ".." changes where blocks end, so they are counted where they stand.
        Names names = new Names(directory.entries().keySet());
        for (String name = names.next(); name != null; name = names.next()) {
            int needed = Dirent.SIZE + name.length();
            if (used + needed > BLOCK) {
                full++;
                used = 0;
            }
            used += needed;
        }
        return full * BLOCK + used;
    }

    /** Gives the directory's blocks to {@code sink}, which must be done with one when it returns. */
    void pack(PlannedInode directory, ToLongFunction<PlannedInode> nid, Sink sink) throws IOException {
        var children = ((Inode.Directory) directory.inode.content()).entries();
        ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        List<Entry> entries = new ArrayList<>();
        Names names = new Names(children.keySet());
        int used = 0;
        for (String name = names.next(); name != null; name = names.next()) {
            int needed = Dirent.SIZE + name.length();
            if (used + needed > BLOCK) {
                sink.block(fill(block, entries, nid, BLOCK));
                entries.clear();
                used = 0;
            }
            used += needed;
            entries.add(new Entry(name, switch (name) {
                case "." -> directory;
                case ".." -> directory.parent;
                default -> walk.of(children.get(name));
            }));
        }
        sink.block(fill(block, entries, nid, used));
    }

    private static ByteBuffer fill(
            ByteBuffer block, List<Entry> entries, ToLongFunction<PlannedInode> nid, int length) {
        block.clear();
        int nameOffset = entries.size() * Dirent.SIZE;
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            int at = i * Dirent.SIZE;
            block.putLong(at + Dirent.NID, nid.applyAsLong(entry.inode));
            block.putShort(at + Dirent.NAMEOFF, (short) nameOffset);
            block.put(at + Dirent.FILE_TYPE, (byte) FileType.of(entry.inode.inode.content()).code);
            block.put(at + Dirent.FILE_TYPE + 1, (byte) 0);
            block.put(nameOffset, entry.name.getBytes(StandardCharsets.ISO_8859_1));
            nameOffset += entry.name.length();
        }
        while (nameOffset < length) {
            block.put(nameOffset++, (byte) 0);
        }
        return block.limit(length);
    }
}
