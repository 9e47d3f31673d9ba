package io.lighterage.blockdev.image;

import java.io.IOException;
import java.util.List;

/**
 * Reads a tar archive once, from its first byte to its last: V7, ustar, PAX, GNU and star.
 *
 * <p>Commons Compress reads archives too, but makes text of names and PAX values, which spoils those that are not
 * UTF-8, binary extended attributes among them. Where archives are ambiguous this follows Go's archive/tar, so that an
 * image is the same whether an engine unpacks it or not. Owned by one thread.
 */
final class TarReader {
    /** Most bytes of an extended header, 1 MiB, as in Go's archive/tar. */
    private static final long LONGEST_EXTENSION = 1 << 20;

    private final LayerStream stream;
    /** Bytes of the entry that were not read yet, and of the padding behind them. */
    private long remaining;

    private int padding;
    private String name;

    TarReader(LayerStream stream) {
        this.stream = stream;
    }

    /** Name of the entry that is being read, or {@code null} between entries. */
    String name() {
        return name;
    }

    /** The next entry, or {@code null} at the end of the archive. Skips what was not read of the one before. */
    TarEntry next() throws IOException, InterruptedException {
        PaxRecords pax = PaxRecords.NONE;
        String longName = "";
        String longLink = "";
        while (true) {
            TarHeader header = nextHeader();
            if (header == null) {
                return null;
            }
            begin(header);
            switch (header.type()) {
                case TarEntry.PAX -> pax = PaxRecords.parse(extension());
                // Engines ignore global records too; git archive leaves its commit there.
                case TarEntry.PAX_GLOBAL -> PaxRecords.parse(extension());
                case TarEntry.LONG_NAME -> longName = toNul(extension());
                case TarEntry.LONG_LINK -> longLink = toNul(extension());
                default -> {
                    return entry(header, pax, longName, longLink);
                }
            }
        }
    }

    private TarHeader nextHeader() throws IOException, InterruptedException {
        stream.skip(remaining);
        stream.skip(padding);
        remaining = 0;
        padding = 0;
        byte[] block = new byte[TarHeader.BLOCK];
        boolean more = stream.read(block);
        if (more && !TarHeader.isZero(block)) {
            return header(block);
        }
        if (more && stream.read(block) && !TarHeader.isZero(block)) {
            throw new TarException("the archive goes on after a block of zeros");
        }
        name = null;
        return null;
    }

    /** A size that lies shows in what stands where the next header should: that is said of the entry before. */
    private TarHeader header(byte[] block) throws TarException {
        try {
            TarHeader.checkSum(block);
        } catch (TarException e) {
            throw new TarException(
                    "there is no tar header " + (name == null ? "at the begin" : "behind it") + ": " + e.getMessage(),
                    e);
        }
        name = TarHeader.shortName(block);
        return TarHeader.parse(block);
    }

    private void begin(TarHeader header) {
        name = header.name();
        follow(header.size());
    }

    private void follow(long length) {
        remaining = length;
        padding = (int) (-length & TarHeader.BLOCK - 1);
    }

    private byte[] extension() throws IOException, InterruptedException {
        if (remaining > LONGEST_EXTENSION) {
            throw new TarException("an extended header of " + remaining + " bytes is not supported (at most "
                    + LONGEST_EXTENSION + ")");
        }
        return bytes((int) remaining);
    }

    private static String toNul(byte[] text) {
        return TarHeader.text(text, 0, text.length);
    }

    private TarEntry entry(TarHeader header, PaxRecords pax, String longName, String longLink)
            throws IOException, InterruptedException {
        name = longName.isEmpty() ? pax.text("path", header.name()) : longName;
        long stored = pax.number("size", header.size());
        if (stored < 0) {
            throw new TarException("size is negative");
        }
        char type = header.type();
        if (type == TarEntry.OLD_FILE) {
            type = name.endsWith("/") ? TarEntry.DIRECTORY : TarEntry.FILE;
        }
        boolean holdsBytes = type < TarEntry.HARD_LINK || type > TarEntry.FIFO;
        follow(holdsBytes ? stored : 0);
        SparseMap sparse = holdsBytes ? sparse(header, type, pax, stored) : null;
        return new TarEntry(
                name,
                type == TarEntry.OLD_SPARSE ? TarEntry.FILE : type,
                longLink.isEmpty() ? pax.text("linkpath", header.link()) : longLink,
                header.mode(),
                pax.number("uid", header.uid()),
                pax.number("gid", header.gid()),
                pax.mtime(header.mtime()),
                pax.xattrs(),
                sparse == null ? remaining : sparse.size(),
                sparse,
                header.major(),
                header.minor());
    }

    private SparseMap sparse(TarHeader header, char type, PaxRecords pax, long stored)
            throws IOException, InterruptedException {
        SparseMap map;
        String version = pax.text("GNU.sparse.major", "") + "." + pax.text("GNU.sparse.minor", "");
        List<Long> pairs = pax.sparsePairs();
        if (type == TarEntry.OLD_SPARSE) {
            // The blocks that continue the header stand before the bytes and are no part of their count.
            map = SparseMap.oldGnu(header.raw(), this::block);
        } else if (version.equals("1.0")) {
            map = SparseMap.lines(realSize(pax, stored), () -> bytes(TarHeader.BLOCK));
        } else if (version.equals("0.0") || version.equals("0.1") || version.equals(".") && !pairs.isEmpty()) {
            if (pax.number("GNU.sparse.numblocks", -1) * 2 != pairs.size()) {
                throw new TarException("its sparse map has other than GNU.sparse.numblocks parts");
            }
            map = SparseMap.of(realSize(pax, stored), pairs);
        } else if (version.equals(".")) {
            return null;
        } else {
            throw new TarException(
                    "sparse files of version " + LayerException.readable(version) + " are not supported");
        }
        if (type != TarEntry.OLD_SPARSE) {
            name = pax.text("GNU.sparse.name", name);
        }
        if (map.stored() != remaining) {
            throw new TarException("its sparse map is of " + map.stored() + " bytes, but " + remaining + " are stored");
        }
        return map;
    }

    private static long realSize(PaxRecords pax, long stored) throws TarException {
        return pax.number("GNU.sparse.size", pax.number("GNU.sparse.realsize", stored));
    }

    private byte[] block() throws IOException, InterruptedException {
        byte[] block = new byte[TarHeader.BLOCK];
        if (!stream.read(block)) {
            throw stream.truncated(TarHeader.BLOCK);
        }
        return block;
    }

    /** The next bytes of the entry. */
    byte[] bytes(int length) throws IOException, InterruptedException {
        take(length);
        byte[] bytes = new byte[length];
        if (length > 0 && !stream.read(bytes)) {
            throw stream.truncated(length);
        }
        return bytes;
    }

    /** Sends the next bytes of the entry on. */
    void copy(long length, BlockWriter target) throws IOException, InterruptedException {
        take(length);
        stream.copy(length, target);
    }

    private void take(long length) throws TarException {
        if (length > remaining) {
            throw new TarException("it has " + remaining + " more bytes, not " + length);
        }
        remaining -= length;
    }
}
