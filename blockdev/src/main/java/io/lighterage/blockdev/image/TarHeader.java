package io.lighterage.blockdev.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One header block of a tar archive, as it stands (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic
 * Tar Format"; star). Names are of one character a byte.
 *
 * @param size of what follows the header, in bytes
 * @param raw the block, for what only some types of entry have
 */
record TarHeader(
        String name,
        int mode,
        long uid,
        long gid,
        long size,
        long mtime,
        char type,
        String link,
        long major,
        long minor,
        byte[] raw) {
    static final int BLOCK = 512;

    private static final int NAME = 0;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SIZE = 124;
    private static final int MTIME = 136;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final int MAGIC = 257;
    private static final int MAJOR = 329;
    private static final int MINOR = 337;
    private static final int PREFIX = 345;
    private static final int PREFIX_LENGTH = 155;
    private static final int STAR_PREFIX_LENGTH = 131;
    private static final int STAR_TRAILER = 508;
    private static final int GNU_ATIME = 345;
    private static final int NAME_LENGTH = 100;
    private static final int ID_LENGTH = 8;
    private static final int LONG_LENGTH = 12;

    /** Whether the block is all zeros: two of them end an archive. */
    static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** What the block itself says of the name, without its prefix. */
    static String shortName(byte[] block) {
        return text(block, NAME, NAME_LENGTH);
    }

    /** Reads a block whose checksum is right; keeps a copy of it. */
    static TarHeader parse(byte[] block) throws TarException {
        String name = text(block, NAME, NAME_LENGTH);
        String prefix = prefix(block);
        boolean extended = text(block, MAGIC, 5).equals("ustar");
        long size = TarNumbers.parse(block, SIZE, LONG_LENGTH, "size");
        if (size < 0) {
            throw new TarException("size is negative");
        }
        return new TarHeader(
                prefix.isEmpty() ? name : prefix + "/" + name,
                (int) TarNumbers.parse(block, MODE, ID_LENGTH, "mode") & 07777,
                TarNumbers.parse(block, UID, ID_LENGTH, "uid"),
                TarNumbers.parse(block, GID, ID_LENGTH, "gid"),
                size,
                TarNumbers.parse(block, MTIME, LONG_LENGTH, "mtime"),
                (char) (block[TYPE] & 0xff),
                text(block, LINK, NAME_LENGTH),
                extended ? TarNumbers.parse(block, MAJOR, ID_LENGTH, "major device number") : 0,
                extended ? TarNumbers.parse(block, MINOR, ID_LENGTH, "minor device number") : 0,
                block.clone());
    }

    /** The bytes of a field up to its first NUL. */
    static String text(byte[] block, int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return new String(block, offset, end - offset, StandardCharsets.ISO_8859_1);
    }

    private static String prefix(byte[] block) throws TarException {
        if (text(block, MAGIC, 8).equals("ustar  ")) {
            return gnuPrefix(block);
        }
        if (!text(block, MAGIC, 6).equals("ustar") || block[MAGIC + 5] != 0) {
            return "";
        }
        boolean star = new String(block, STAR_TRAILER, 4, StandardCharsets.ISO_8859_1).equals("tar\0");
        return text(block, PREFIX, star ? STAR_PREFIX_LENGTH : PREFIX_LENGTH);
    }

    /**
     * GNU headers have times where others have the prefix. But Go before 1.8, and so Docker of that time, wrote a
     * prefix there: as Go does, take for one what is no number and is ASCII.
     */
    private static String gnuPrefix(byte[] block) {
        if (block[GNU_ATIME] == 0) {
            return "";
        }
        try {
            TarNumbers.parse(block, GNU_ATIME, LONG_LENGTH, "atime");
            return "";
        } catch (TarException notTimes) {
            String prefix = text(block, PREFIX, PREFIX_LENGTH);
            return prefix.chars().allMatch(c -> c < 0x80) ? prefix : "";
        }
    }

    /** Refuses a block that is no header. */
    static void checkSum(byte[] block) throws TarException {
        long expected = TarNumbers.parse(block, CHECKSUM, ID_LENGTH, "checksum");
        byte[] blanked = block.clone();
        Arrays.fill(blanked, CHECKSUM, CHECKSUM + ID_LENGTH, (byte) ' ');
        long unsigned = 0;
        long signed = 0;
        for (byte b : blanked) {
            unsigned += b & 0xff;
            signed += b;
        }
        // Some old programs summed up signed bytes.
        if (expected != unsigned && expected != signed) {
            throw new TarException("its checksum is " + expected + ", that of its bytes " + unsigned);
        }
    }
}
