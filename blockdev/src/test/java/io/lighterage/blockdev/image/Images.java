package io.lighterage.blockdev.image;

import io.lighterage.blockdev.linux.Tool;
import io.lighterage.peer.content.Digest;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Trees for tests, and their devices as files. */
final class Images {
    /** A tree and the content of its data blobs. */
    record Sample(Inode root, List<byte[]> blobs) {
        List<DataBlob> data() {
            return blobs.stream().map(blob -> new DataBlob(Digest.of(blob), blob.length)).toList();
        }

        ErofsImage plan() throws ErofsLimitException {
            return ErofsWriter.plan(root, data());
        }
    }

    /** Time of all that has no other; so most inodes of a test are compact. */
    static final long TIME = 1_700_000_000;

    private Images() {}

    static Inode.Attributes attributes(int permissions) {
        return new Inode.Attributes(permissions, 0, 0, TIME, 0, new TreeMap<>());
    }

    static Inode inode(Inode.Content content) {
        return new Inode(attributes(0644), content);
    }

    static Inode directory(SortedMap<String, Inode> entries) {
        return new Inode(attributes(0755), new Inode.Directory(entries));
    }

    static byte[] metadata(ErofsImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            image.writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Writes the whole device, metadata and data, to {@code file}. */
    static void writeDevice(ErofsImage image, List<byte[]> blobs, Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            image.writeTo(out);
            for (byte[] blob : blobs) {
                out.write(blob);
            }
        }
    }

    /** What {@code fsck.erofs} has against the device; empty if it accepts it. */
    static String fsck(Path device) throws IOException {
        try {
            Tool.Result result = Tool.run(device.toAbsolutePath().getParent(), "fsck.erofs", device.toString());
            return result.status() == 0 ? "" : result.out() + result.err();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while checking " + device, e);
        }
    }
}
