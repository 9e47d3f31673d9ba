package io.lighterage.tests.support;

import io.lighterage.peer.content.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Everything that one can tell of each path below a directory, read by GNU tar: type, mode, owner, time, extended
 * attributes, device number, target and content; and the count of links.
 */
public final class TreeListing {
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    private TreeListing() {}

    /**
     * The listing by path. Of a file with several names the content stands at the first one; the others name it.
     *
     * @param archive where tar writes meanwhile
     */
    public static Map<String, String> of(Path tree, Path archive) throws IOException, InterruptedException {
        Programs.run(
                        DEADLINE,
                        "tar",
                        "--format=pax",
                        "--pax-option=delete=atime,delete=ctime",
                        "--numeric-owner",
                        "--sort=name",
                        "--xattrs",
                        "--xattrs-include=*",
                        "-C",
                        tree.toString(),
                        "-cf",
                        archive.toString(),
                        ".")
                .orFail();
        Map<String, String> listing = new TreeMap<>();
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
                TarArchiveInputStream tar = new TarArchiveInputStream(file, "ISO-8859-1")) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                listing.put(entry.getName(), describe(tree, entry, tar));
            }
        } finally {
            Files.delete(archive);
        }
        return listing;
    }

    private static String describe(Path tree, TarArchiveEntry entry, TarArchiveInputStream tar) throws IOException {
        Path path = tree.resolve(entry.getName());
        return "type %c mode %o owner %d:%d time %s links %s device %d:%d target '%s' attributes %s content %s"
                .formatted(
                        entry.getLinkFlag(),
                        entry.getMode(),
                        entry.getLongUserId(),
                        entry.getLongGroupId(),
                        Files.getAttribute(path, "unix:lastModifiedTime", LinkOption.NOFOLLOW_LINKS),
                        Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS),
                        entry.getDevMajor(),
                        entry.getDevMinor(),
                        entry.getLinkName(),
                        new TreeMap<>(entry.getExtraPaxHeaders()),
                        entry.isFile() ? digest(tar) : "-");
    }

    private static Digest digest(InputStream content) throws IOException {
        MessageDigest hash = Digest.sha256();
        content.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), hash));
        return Digest.finish(hash);
    }
}
