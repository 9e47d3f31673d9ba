package io.lighterage.blockdev.image;

import io.lighterage.blockdev.image.ErofsLayout.CompactInode;
import io.lighterage.blockdev.image.ErofsLayout.ExtendedInode;
import io.lighterage.blockdev.image.ErofsLayout.InodeHead;

/**
 * An inode and all that is decided about its place. Filled in by {@link TreeWalk}, then by {@link InodePlanner}; only
 * read after that.
 */
final class PlannedInode {
    final Inode inode;

    /** The directory of its first name; itself for the root. */
    final PlannedInode parent;

    /** Its first name, empty for the root. */
    final String name;

    /** {@code i_ino}, from 1 in the order of the walk. */
    final int number;

    /** Link count. */
    int links;

    boolean extended;

    /** One of {@link InodeHead}'s data layouts. */
    int layout;

    /** {@code i_size}. */
    long size;

    /** Bytes of its xattrs, header included. */
    int xattrBytes;

    /** Bytes that follow head and xattrs: the inline tail, or the block map. */
    int trailerBytes;

    /** Blocks of its content that lie in the metadata's block area. */
    int blocks;

    /** The first of those, counted from the block area's start. */
    long firstBlock;

    /** Binary logarithm of the chunk size, if chunk-based. */
    int chunkBits;

    /** Offset of its first byte in the inode area. */
    long position;

    PlannedInode(Inode inode, PlannedInode parent, String name, int number) {
        this.inode = inode;
        this.parent = parent == null ? this : parent;
        this.name = name;
        this.number = number;
    }

    int headBytes() {
        return extended ? ExtendedInode.SIZE : CompactInode.SIZE;
    }

    /** Bytes in the inode area: head, xattrs and trailer, without padding. */
    int bytes() {
        return headBytes() + xattrBytes + trailerBytes;
    }

    boolean isDirectory() {
        return inode.content() instanceof Inode.Directory;
    }

    /** Its first name as an absolute path, for messages. */
    String path() {
        StringBuilder path = new StringBuilder();
        for (PlannedInode at = this; at.parent != at; at = at.parent) {
            path.insert(0, at.name).insert(0, '/');
        }
        return path.isEmpty() ? "/" : path.toString();
    }
}
