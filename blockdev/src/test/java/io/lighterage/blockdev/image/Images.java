package io.lighterage.blockdev.image;

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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

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
        return run(List.of("fsck.erofs", device.toString()));
    }

    /** Whether there is such a program on the path. */
    static boolean hasProgram(String name) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(path -> Files.isExecutable(Path.of(path, name)));
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                return command + " does not end";
            }
            return process.exitValue() == 0 ? "" : command + ": " + output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(command + " was interrupted", e);
        }
    }
}
