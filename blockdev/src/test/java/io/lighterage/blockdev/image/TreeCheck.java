package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Compares what the kernel shows of a mounted image with the tree that it was made from. */
final class TreeCheck {
    private final List<byte[]> blobs;
    private final Map<Inode, Integer> links = new IdentityHashMap<>();
    private final Map<Inode, Long> numbers = new IdentityHashMap<>();

    private TreeCheck(List<byte[]> blobs) {
        this.blobs = blobs;
    }

    /** Fails unless the tree mounted at {@code point} is the sample's, in every path and all that a path has. */
    static void check(String point, Images.Sample sample) throws IOException {
        TreeCheck.of(sample).compare(point, sample.root());
    }

    static TreeCheck of(Images.Sample sample) {
        TreeCheck check = new TreeCheck(sample.blobs());
        check.countLinks(sample.root());
        return check;
    }

    /** How many names an inode of the tree has; a directory's own entry and its subdirectories' count. */
    int links(Inode inode) {
        return links.get(inode);
    }

    private void countLinks(Inode inode) {
        if (inode.content() instanceof Inode.Directory directory) {
            int subdirectories = 0;
            for (Inode child : directory.entries().values()) {
                subdirectories += child.content() instanceof Inode.Directory ? 1 : 0;
                countLinks(child);
            }
            links.put(inode, 2 + subdirectories);
        } else {
            links.merge(inode, 1, Integer::sum);
        }
    }

    private void compare(String path, Inode inode) throws IOException {
        Linux.Stat stat = Linux.stat(path);
        Inode.Attributes attributes = inode.attributes();
        assertThat(stat.mode()).as("mode of %s", path).isEqualTo(type(inode.content()) | attributes.permissions());
        assertThat(stat.uid()).as("uid of %s", path).isEqualTo(attributes.uid());
        assertThat(stat.gid()).as("gid of %s", path).isEqualTo(attributes.gid());
        assertThat(stat.mtimeSeconds()).as("mtime of %s", path).isEqualTo(attributes.mtimeSeconds());
        assertThat(stat.mtimeNanos()).as("nanoseconds of %s", path).isEqualTo(attributes.mtimeNanos());
        assertThat(stat.links()).as("links of %s", path).isEqualTo((long) links.get(inode));
        assertThat(numbers.computeIfAbsent(inode, i -> stat.inode())).as("inode of %s", path).isEqualTo(stat.inode());
        compareXattrs(path, attributes.xattrs());
        compareContent(path, stat, inode.content());
    }

    private static void compareXattrs(String path, Map<String, byte[]> expected) throws IOException {
        assertThat(Linux.listXattrs(path))
                .as("xattrs of %s", path)
                .containsExactlyInAnyOrderElementsOf(expected.keySet());
        for (Map.Entry<String, byte[]> entry : expected.entrySet()) {
            assertThat(Linux.getXattr(path, entry.getKey()))
                    .as("%s of %s", entry.getKey(), path)
                    .isEqualTo(entry.getValue());
        }
    }

    private void compareContent(String path, Linux.Stat stat, Inode.Content content) throws IOException {
        switch (content) {
            case Inode.Data data -> assertThat(Linux.readAll(path)).as("bytes of %s", path).isEqualTo(bytes(data));
            case Inode.Inline in -> assertThat(Linux.readAll(path)).as("bytes of %s", path).isEqualTo(in.bytes());
            case Inode.Symlink to -> assertThat(Linux.readLink(path)).as("target of %s", path).isEqualTo(to.target());
            case Inode.Device device -> {
                assertThat(stat.major()).as("major of %s", path).isEqualTo(device.major());
                assertThat(stat.minor()).as("minor of %s", path).isEqualTo(device.minor());
            }
            case Inode.Fifo fifo -> assertThat(stat.size()).as("size of %s", path).isZero();
            case Inode.Directory directory -> {
                List<String> expected = new ArrayList<>(directory.entries().keySet());
                expected.add(".");
                expected.add("..");
                expected.sort(null);
                assertThat(Linux.list(path)).as("entries of %s", path).isEqualTo(expected);
                for (Map.Entry<String, Inode> entry : directory.entries().entrySet()) {
                    compare(path + "/" + entry.getKey(), entry.getValue());
                }
            }
        }
    }

    /** All of a file's bytes. */
    byte[] bytes(Inode.Data data) {
        byte[] bytes = new byte[Math.toIntExact(data.size())];
        for (Inode.Run run : data.runs()) {
            byte[] blob = blobs.get(data.layer());
            System.arraycopy(blob, (int) run.blobOffset(), bytes, (int) run.fileOffset(), (int) run.length());
        }
        return bytes;
    }

    /** The type bits of a mode. */
    static int type(Inode.Content content) {
        return switch (content) {
            case Inode.Data data -> 0100000;
            case Inode.Inline inline -> 0100000;
            case Inode.Directory directory -> 0040000;
            case Inode.Symlink symlink -> 0120000;
            case Inode.Fifo fifo -> 0010000;
            case Inode.Device device -> device.block() ? 0060000 : 0020000;
        };
    }
}
