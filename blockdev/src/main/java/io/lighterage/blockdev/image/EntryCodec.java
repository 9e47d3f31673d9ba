package io.lighterage.blockdev.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The binary form of one {@link LayerEntry}: a byte that says what it is, the path, then what that kind has. Numbers
 * are unsigned LEB128, signed ones zigzag; strings and byte arrays stand behind their length.
 *
 * <pre>
 * kind       after the path
 * 0 whiteout  -
 * 1 opaque    -
 * 2 hard link target
 * 3 directory attributes
 * 4 inline    attributes, bytes
 * 5 data      attributes, size, number of runs, each: file offset, blob offset, length
 * 6 symlink   attributes, target
 * 7 character attributes, major, minor
 * 8 block     attributes, major, minor
 * 9 fifo      attributes
 * attributes: permissions, uid, gid, mtime seconds (signed), nanoseconds, number of xattrs, each: name, value
 * </pre>
 */
final class EntryCodec {
    private static final int WHITEOUT = 0;
    private static final int OPAQUE = 1;
    private static final int HARD_LINK = 2;
    private static final int DIRECTORY = 3;
    private static final int INLINE = 4;
    private static final int DATA = 5;
    private static final int SYMLINK = 6;
    private static final int CHARACTER = 7;
    private static final int BLOCK = 8;
    private static final int FIFO = 9;
    private static final SortedMap<String, byte[]> NO_XATTRS = Collections.unmodifiableSortedMap(new TreeMap<>());

    private EntryCodec() {}

    static void write(LayerEntry entry, EntryBuffer out) throws TarException {
        switch (entry) {
            case LayerEntry.Whiteout whiteout -> begin(WHITEOUT, whiteout.path(), out);
            case LayerEntry.Opaque opaque -> begin(OPAQUE, opaque.path(), out);
            case LayerEntry.HardLink link -> {
                begin(HARD_LINK, link.path(), out);
                out.text(link.target());
            }
            case LayerEntry.Folder folder -> {
                begin(DIRECTORY, folder.path(), out);
                attributes(folder.attributes(), out);
            }
            case LayerEntry.Node node -> node(node, out);
        }
    }

    private static void begin(int kind, String path, EntryBuffer out) throws TarException {
        out.put(kind);
        out.text(path);
    }

    private static void node(LayerEntry.Node node, EntryBuffer out) throws TarException {
        int kind =
                switch (node.content()) {
                    case Inode.Inline inline -> INLINE;
                    case Inode.Data data -> DATA;
                    case Inode.Symlink link -> SYMLINK;
                    case Inode.Device device -> device.block() ? BLOCK : CHARACTER;
                    case Inode.Fifo fifo -> FIFO;
                    case Inode.Directory directory ->
                        throw new IllegalArgumentException("a directory is no node: " + node.path());
                };
        begin(kind, node.path(), out);
        attributes(node.attributes(), out);
        switch (node.content()) {
            case Inode.Inline inline -> out.bytes(inline.bytes());
            case Inode.Data data -> data(data, out);
            case Inode.Symlink link -> out.text(link.target());
            case Inode.Device device -> {
                out.number(device.major());
                out.number(device.minor());
            }
            case Inode.Fifo fifo -> { }
            case Inode.Directory directory -> { }
        }
    }

    private static void data(Inode.Data data, EntryBuffer out) throws TarException {
        out.number(data.size());
        out.number(data.runs().size());
        for (Inode.Run run : data.runs()) {
            out.number(run.fileOffset());
            out.number(run.blobOffset());
            out.number(run.length());
        }
    }

    private static void attributes(Inode.Attributes attributes, EntryBuffer out) throws TarException {
        out.number(attributes.permissions());
        out.number(attributes.uid());
        out.number(attributes.gid());
        out.signed(attributes.mtimeSeconds());
        out.number(attributes.mtimeNanos());
        out.number(attributes.xattrs().size());
        for (Map.Entry<String, byte[]> xattr : attributes.xattrs().entrySet()) {
            out.text(xattr.getKey());
            out.bytes(xattr.getValue());
        }
    }

    /**
     * Reads an entry, advancing {@code in}.
     *
     * @throws BufferUnderflowException if it ends too early
     * @throws IllegalArgumentException if it is not one
     */
    static LayerEntry read(ByteBuffer in) {
        int kind = in.get();
        String path = text(in);
        return switch (kind) {
            case WHITEOUT -> new LayerEntry.Whiteout(path);
            case OPAQUE -> new LayerEntry.Opaque(path);
            case HARD_LINK -> new LayerEntry.HardLink(path, text(in));
            case DIRECTORY -> new LayerEntry.Folder(path, attributes(in));
            case INLINE, DATA, SYMLINK, CHARACTER, BLOCK, FIFO ->
                new LayerEntry.Node(path, attributes(in), content(kind, in));
            default -> throw new IllegalArgumentException("an entry of kind " + kind);
        };
    }

    private static Inode.Content content(int kind, ByteBuffer in) {
        return switch (kind) {
            case INLINE -> new Inode.Inline(bytes(in));
            case DATA -> data(in);
            case SYMLINK -> new Inode.Symlink(text(in));
            case CHARACTER, BLOCK -> new Inode.Device(kind == BLOCK, count(in), count(in));
            default -> new Inode.Fifo();
        };
    }

    private static Inode.Data data(ByteBuffer in) {
        long size = number(in);
        int count = count(in);
        List<Inode.Run> runs = new ArrayList<>(Math.min(count, in.remaining()));
        for (int i = 0; i < count; i++) {
            runs.add(new Inode.Run(number(in), number(in), number(in)));
        }
        return new Inode.Data(size, 0, List.copyOf(runs));
    }

    private static Inode.Attributes attributes(ByteBuffer in) {
        int permissions = count(in);
        long uid = number(in);
        long gid = number(in);
        long zigzag = number(in);
        int nanos = count(in);
        int count = count(in);
        SortedMap<String, byte[]> xattrs = count == 0 ? NO_XATTRS : new TreeMap<>();
        for (int i = 0; i < count; i++) {
            xattrs.put(text(in), bytes(in));
        }
        return new Inode.Attributes(permissions, uid, gid, zigzag >>> 1 ^ -(zigzag & 1), nanos, xattrs);
    }

    private static long number(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of over 64 bits");
    }

    private static int count(ByteBuffer in) {
        long value = number(in);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a count of " + value);
        }
        return (int) value;
    }

    private static byte[] bytes(ByteBuffer in) {
        int length = count(in);
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static String text(ByteBuffer in) {
        return new String(bytes(in), StandardCharsets.ISO_8859_1);
    }
}
