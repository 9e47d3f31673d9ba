package io.lighterage.blockdev.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes of an archive's entry what it does to a tree, and writes its bytes to the data blob. Refuses what Linux would.
 * Owned by one thread.
 */
final class EntryReader {
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    /** The largest owner; the number above it means "leave as it is" to chown(2). */
    private static final long LARGEST_ID = 0xfffffffeL;
    /** Device numbers as Linux packs them into 32 bits. */
    private static final int LARGEST_MAJOR = (1 << 12) - 1;

    private static final int LARGEST_MINOR = (1 << 20) - 1;
    /** Longest value of an extended attribute that both Linux and EROFS take. */
    private static final int LONGEST_XATTR = (64 << 10) - 1;
    /** Bytes of all extended attributes of a file; EROFS counts them in 16 bits of 4 bytes each. */
    private static final int MOST_XATTR_BYTES = 128 << 10;
    /**
     * Least hole that is kept as a hole, and its alignment; files of over 4 GiB have coarser ones, at most 65536 of
     * them.
     */
    private static final long HOLE = 64 << 10;

    private static final long MOST_CELLS = 1 << 16;

    private final TarReader tar;
    private final BlockWriter data;
    private int foreignXattrs;
    private String firstForeignXattr;

    EntryReader(TarReader tar, BlockWriter data) {
        this.tar = tar;
        this.data = data;
    }

    /** What the entry does. Reads the file's bytes from the archive. */
    LayerEntry read(TarEntry entry) throws IOException, InterruptedException {
        String path = LayerPaths.clean(entry.name());
        String name = LayerPaths.name(path);
        if (path.isEmpty() && entry.type() != TarEntry.DIRECTORY) {
            throw new TarException("the root can only be a directory");
        }
        if (name.equals(OPAQUE)) {
            return new LayerEntry.Opaque(LayerPaths.parent(path));
        }
        if (name.startsWith(WHITEOUT)) {
            return whiteout(path, name.substring(WHITEOUT.length()));
        }
        return switch (entry.type()) {
            case TarEntry.DIRECTORY -> new LayerEntry.Folder(path, attributes(entry));
            case TarEntry.FILE -> new LayerEntry.Node(path, attributes(entry), file(entry));
            case TarEntry.HARD_LINK -> new LayerEntry.HardLink(path, LayerPaths.clean(entry.link()));
            case TarEntry.SYMLINK -> new LayerEntry.Node(path, attributes(entry), symlink(entry.link()));
            case TarEntry.CHARACTER_DEVICE, TarEntry.BLOCK_DEVICE ->
                new LayerEntry.Node(path, attributes(entry), device(entry));
            case TarEntry.FIFO -> new LayerEntry.Node(path, attributes(entry), new Inode.Fifo());
            // GNU volume labels, multi-volume parts and the like: engines refuse them too.
            default -> throw new TarException("entries of type 0x%02x are not supported".formatted((int) entry.type()));
        };
    }

    /** A name that removes its own directory, or the one above, is an attack; umoci 0.4.7 falls for it. */
    private static LayerEntry whiteout(String path, String removed) throws TarException {
        if (removed.isEmpty() || removed.equals(".") || removed.equals("..")) {
            throw new TarException("a whiteout without the name of what it removes");
        }
        String parent = LayerPaths.parent(path);
        return new LayerEntry.Whiteout(parent.isEmpty() ? removed : parent + "/" + removed);
    }

    private Inode.Attributes attributes(TarEntry entry) throws TarException {
        checkId(entry.uid(), "uid");
        checkId(entry.gid(), "gid");
        int permissions = entry.type() == TarEntry.SYMLINK ? 0777 : entry.mode();
        return new Inode.Attributes(
                permissions,
                entry.uid(),
                entry.gid(),
                entry.mtime().seconds(),
                entry.mtime().nanos(),
                xattrs(entry));
    }

    private static void checkId(long id, String what) throws TarException {
        if (id < 0 || id > LARGEST_ID) {
            throw new TarException(what + " " + id + " does not exist (0 to " + LARGEST_ID + ")");
        }
    }

    private SortedMap<String, byte[]> xattrs(TarEntry entry) throws TarException {
        SortedMap<String, byte[]> kept = new TreeMap<>();
        long bytes = 0;
        for (var xattr : entry.xattrs().entrySet()) {
            if (!isKept(entry, xattr.getKey())) {
                continue;
            }
            String name = "extended attribute " + LayerException.readable(xattr.getKey());
            if (!ErofsWriter.holdsXattr(xattr.getKey())) {
                throw new TarException(name + " has a name that Linux does not take");
            }
            if (xattr.getValue().length > LONGEST_XATTR) {
                throw new TarException(
                        name + " has " + xattr.getValue().length + " bytes (at most " + LONGEST_XATTR + ")");
            }
            bytes += xattr.getKey().length() + xattr.getValue().length;
            kept.put(xattr.getKey(), xattr.getValue());
        }
        if (bytes > MOST_XATTR_BYTES) {
            throw new TarException(
                    "its extended attributes have " + bytes + " bytes (at most " + MOST_XATTR_BYTES + ")");
        }
        return kept;
    }

    /**
     * Whether an extended attribute belongs into an image. As umoci has it: labels of SELinux and ACLs of NFS are the
     * host's, and overlayfs's own marks would mislead the overlay on top. Other systems' classes (macOS writes
     * {@code com.apple.provenance}) could not be set on Linux; they are left out and counted.
     */
    private boolean isKept(TarEntry entry, String name) {
        if (name.equals("security.selinux") || name.equals("system.nfs4_acl") || name.startsWith("trusted.overlay.")) {
            return false;
        }
        boolean ofLinux = name.startsWith("user.")
                || name.startsWith("trusted.")
                || name.startsWith("security.")
                || name.equals("system.posix_acl_access")
                || name.equals("system.posix_acl_default");
        if (!ofLinux && foreignXattrs++ == 0) {
            firstForeignXattr = LayerException.readable(name) + " of " + LayerException.readable(entry.name());
        }
        return ofLinux;
    }

    /** How many extended attributes were left out because Linux has no such class. */
    int foreignXattrs() {
        return foreignXattrs;
    }

    /** The first of them and the entry that it is of. */
    String firstForeignXattr() {
        return firstForeignXattr;
    }

    private static Inode.Content symlink(String target) throws TarException {
        if (target.isEmpty()) {
            throw new TarException("a symbolic link to nothing");
        }
        LayerPaths.checkLength(target.length());
        return new Inode.Symlink(target);
    }

    private static Inode.Content device(TarEntry entry) throws TarException {
        if (entry.major() < 0 || entry.major() > LARGEST_MAJOR || entry.minor() < 0 || entry.minor() > LARGEST_MINOR) {
            throw new TarException("Linux has no device " + entry.major() + ":" + entry.minor());
        }
        return new Inode.Device(entry.type() == TarEntry.BLOCK_DEVICE, (int) entry.major(), (int) entry.minor());
    }

    private Inode.Content file(TarEntry entry) throws IOException, InterruptedException {
        if (entry.sparse() != null) {
            return sparse(entry.sparse());
        }
        if (entry.size() <= ErofsWriter.INLINE_AT_MOST) {
            return new Inode.Inline(tar.bytes((int) entry.size()));
        }
        long offset = data.length();
        tar.copy(entry.size(), data);
        data.align();
        return new Inode.Data(entry.size(), 0, List.of(new Inode.Run(0, offset, entry.size())));
    }

    private Inode.Content sparse(SparseMap map) throws IOException, InterruptedException {
        if (map.size() <= ErofsWriter.INLINE_AT_MOST) {
            byte[] bytes = new byte[(int) map.size()];
            for (SparseMap.Part part : map.parts()) {
                System.arraycopy(tar.bytes((int) part.length()), 0, bytes, (int) part.offset(), (int) part.length());
            }
            return new Inode.Inline(bytes);
        }
        long cell = Math.max(HOLE, Long.highestOneBit(Math.max(1, map.size() / MOST_CELLS - 1)) << 1);
        List<Inode.Run> runs = new ArrayList<>();
        int next = 0;
        while (next < map.parts().size()) {
            int first = next;
            long begin = map.parts().get(first).offset() & -cell;
            long end = begin;
            while (next < map.parts().size() && (map.parts().get(next).offset() & -cell) <= end) {
                end = Math.min(map.size(), map.parts().get(next++).end() + cell - 1 & -cell);
            }
            runs.add(new Inode.Run(begin, data.length(), end - begin));
            run(begin, map.parts().subList(first, next), end);
        }
        return new Inode.Data(map.size(), 0, List.copyOf(runs));
    }

    /** Writes a run with its parts in place and zeros between them. */
    private void run(long begin, List<SparseMap.Part> parts, long end) throws IOException, InterruptedException {
        long at = begin;
        for (SparseMap.Part part : parts) {
            data.zeros(part.offset() - at);
            tar.copy(part.length(), data);
            at = part.end();
        }
        data.zeros(end - at);
        data.align();
    }
}
