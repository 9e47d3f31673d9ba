package io.lighterage.blockdev.image;

import io.lighterage.blockdev.image.ErofsLayout.Xattr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Packs an inode's extended attributes behind its head, in the order of their names.
 *
 * <p>None are shared between inodes: images carry few (file capabilities), and a label on every inode costs about as
 * much as the inode itself.
 */
final class XattrPacker {
    /** {@code i_xattr_icount} has 16 bits: the header counts as one, each four bytes of entries as another. */
    private static final int MOST_BYTES = Xattr.HEADER_SIZE + 0xFFFE * Xattr.ALIGNMENT;

    private static final int LONGEST_VALUE = 0xFFFF;
    private static final int LONGEST_NAME = 0xFF;

    /** A prefix that an entry's name index stands for; {@code whole} if nothing may follow it. */
    private enum Prefix {
        USER("user.", Xattr.INDEX_USER, false),
        TRUSTED("trusted.", Xattr.INDEX_TRUSTED, false),
        SECURITY("security.", Xattr.INDEX_SECURITY, false),
        POSIX_ACL_ACCESS("system.posix_acl_access", Xattr.INDEX_POSIX_ACL_ACCESS, true),
        POSIX_ACL_DEFAULT("system.posix_acl_default", Xattr.INDEX_POSIX_ACL_DEFAULT, true);

        private final String text;
        private final int index;
        private final boolean whole;

        Prefix(String text, int index, boolean whole) {
            this.text = text;
            this.index = index;
            this.whole = whole;
        }

        static Prefix of(String name) {
            for (Prefix prefix : values()) {
                boolean same = name.equals(prefix.text);
                if (prefix.whole ? same : !same && name.startsWith(prefix.text)) {
                    return prefix;
                }
            }
            return null;
        }
    }

    private XattrPacker() {}

    /** Whether EROFS can hold an attribute of that name. */
    static boolean holds(String name) {
        return Prefix.of(name) != null
                && name.length() <= LONGEST_NAME
                && name.chars().allMatch(c -> c > 0 && c <= 0xFF);
    }

    /** Bytes that the inode's attributes take; 0 if it has none. */
    static int size(PlannedInode planned) throws ErofsLimitException {
        long size = 0;
        for (Map.Entry<String, byte[]> entry : planned.inode.attributes().xattrs().entrySet()) {
            check(planned, entry.getKey(), entry.getValue());
            size += entrySize(Prefix.of(entry.getKey()), entry.getKey(), entry.getValue());
        }
        if (size > MOST_BYTES - Xattr.HEADER_SIZE) {
            throw new ErofsLimitException(planned.path() + " has extended attributes of " + size + " bytes (EROFS "
                    + "holds " + MOST_BYTES + ")");
        }
        return size == 0 ? 0 : Xattr.HEADER_SIZE + (int) size;
    }

    /** {@code i_xattr_icount} for attributes of {@code bytes}. */
    static int count(int bytes) {
        return bytes == 0 ? 0 : 1 + (bytes - Xattr.HEADER_SIZE) / Xattr.ALIGNMENT;
    }

    /** The attributes as they stand on disk, {@code planned.xattrBytes} long. */
    static ByteBuffer pack(PlannedInode planned) {
        ByteBuffer body = ByteBuffer.allocate(planned.xattrBytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = Xattr.HEADER_SIZE;
        for (Map.Entry<String, byte[]> entry : planned.inode.attributes().xattrs().entrySet()) {
            Prefix prefix = Prefix.of(entry.getKey());
            byte[] suffix = entry.getKey().substring(prefix.text.length()).getBytes(StandardCharsets.ISO_8859_1);
            byte[] value = entry.getValue();
            body.put(at + Xattr.ENTRY_NAME_LEN, (byte) suffix.length);
            body.put(at + Xattr.ENTRY_NAME_INDEX, (byte) prefix.index);
            body.putShort(at + Xattr.ENTRY_VALUE_SIZE, (short) value.length);
            body.put(at + Xattr.ENTRY_SIZE, suffix);
            body.put(at + Xattr.ENTRY_SIZE + suffix.length, value);
            at += entrySize(prefix, entry.getKey(), value);
        }
        return body;
    }

    private static int entrySize(Prefix prefix, String name, byte[] value) {
        int size = Xattr.ENTRY_SIZE + name.length() - prefix.text.length() + value.length;
        return (size + Xattr.ALIGNMENT - 1) & -Xattr.ALIGNMENT;
    }

    private static void check(PlannedInode planned, String name, byte[] value) throws ErofsLimitException {
        if (!holds(name)) {
            throw new ErofsLimitException(planned.path() + " has the extended attribute " + name
                    + " (EROFS holds user., trusted., security. and system.posix_acl_*, names of at most 255 bytes)");
        }
        if (value.length > LONGEST_VALUE) {
            throw new ErofsLimitException(planned.path() + " has the extended attribute " + name + " of " + value.length
                    + " bytes (EROFS holds " + LONGEST_VALUE + ")");
        }
    }
}
