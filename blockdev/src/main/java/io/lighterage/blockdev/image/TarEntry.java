package io.lighterage.blockdev.image;

import java.util.SortedMap;

/**
 * An entry of a tar archive, with what extended headers say about it.
 *
 * @param type as in the header, with old directories already told from files
 * @param size of a regular file in bytes, holes included; 0 of all else
 * @param sparse where its stored bytes belong, or {@code null} if it has no holes
 */
record TarEntry(
        String name,
        char type,
        String link,
        int mode,
        long uid,
        long gid,
        PaxRecords.Time mtime,
        SortedMap<String, byte[]> xattrs,
        long size,
        SparseMap sparse,
        long major,
        long minor) {
    static final char FILE = '0';
    static final char OLD_FILE = 0;
    static final char HARD_LINK = '1';
    static final char SYMLINK = '2';
    static final char CHARACTER_DEVICE = '3';
    static final char BLOCK_DEVICE = '4';
    static final char DIRECTORY = '5';
    static final char FIFO = '6';
    static final char OLD_SPARSE = 'S';
    static final char PAX = 'x';
    static final char PAX_GLOBAL = 'g';
    static final char LONG_NAME = 'L';
    static final char LONG_LINK = 'K';
}
