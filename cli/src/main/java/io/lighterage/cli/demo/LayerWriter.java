package io.lighterage.cli.demo;

import io.lighterage.peer.content.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes files of this machine as a layer: a tar, gzip'd at the fastest level or plain, hashed in both forms on the
 * way.
 */
final class LayerWriter {
    private static final int BUFFER = 1 << 17;
    private static final int READABLE = 0100644;

    private LayerWriter() {}

    /**
     * Writes {@code sources} into {@code target}.
     *
     * @param gzip whether the tar is compressed
     */
    static DemoLayer write(Path target, List<LayerSource> sources, boolean gzip) throws IOException {
        MessageDigest blob = Digest.sha256();
        MessageDigest tar = Digest.sha256();
        try (OutputStream file = new DigestOutputStream(Files.newOutputStream(target), blob);
                OutputStream packed = gzip ? new FastGzip(file) : new BufferedOutputStream(file, BUFFER);
                // Plain layers are hashed once: their diffID is their digest.
                OutputStream plain = gzip ? new DigestOutputStream(packed, tar) : packed;
                TarArchiveOutputStream archive = new TarArchiveOutputStream(new BufferedOutputStream(plain, BUFFER))) {
            archive.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            archive.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (LayerSource source : sources) {
                add(archive, source);
            }
        }
        Digest digest = Digest.finish(blob);
        return new DemoLayer(
                target,
                gzip ? DemoLayer.TAR_GZIP : DemoLayer.TAR,
                digest,
                gzip ? Digest.finish(tar) : digest,
                Files.size(target));
    }

    private static void add(TarArchiveOutputStream archive, LayerSource source) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(source.name());
        entry.setSize(source.length());
        entry.setMode(READABLE);
        entry.setModTime(0);
        archive.putArchiveEntry(entry);
        Files.copy(source.file(), archive);
        archive.closeArchiveEntry();
    }

    /** gzip that takes seconds, not minutes: the image is carried, not kept. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(new BufferedOutputStream(out, BUFFER), BUFFER);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
