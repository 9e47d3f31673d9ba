package io.lighterage.blockdev.image;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a path of an image has, so that trees can be compared: as directories on disk, or as inodes.
 *
 * @param what digest of a file's bytes, target of a link, numbers of a device; empty of all else
 * @param first the first path, in order, that names the same file
 */
record TreeFacts(
        String mode,
        long uid,
        long gid,
        long links,
        String mtime,
        Map<String, String> xattrs,
        String what,
        String first) {
    /** Stands for a time that umoci took from the clock. */
    static final String NOW = "now";

    /** The facts of every path below a directory; {@code ""} is the directory itself. */
    static SortedMap<String, TreeFacts> ofDirectory(String root) throws IOException {
        SortedMap<String, TreeFacts> facts = new TreeMap<>();
        collect(root, "", new HashMap<>(), facts);
        return facts;
    }

    private static void collect(String root, String path, Map<Long, String> firsts, Map<String, TreeFacts> facts)
            throws IOException {
        Linux.Stat stat = Linux.stat(root + path);
        Map<String, String> xattrs = new TreeMap<>();
        for (String name : Linux.listXattrs(root + path)) {
            xattrs.put(name, HexFormat.of().formatHex(Linux.getXattr(root + path, name)));
        }
        String what = switch (stat.mode() & 0170000) {
            case 0100000 -> Digest.of(Linux.readAll(root + path)).toString();
            case 0120000 -> Linux.readLink(root + path);
            case 0020000, 0060000 -> stat.major() + ":" + stat.minor();
            default -> "";
        };
        String first = firsts.computeIfAbsent(stat.inode(), inode -> path);
        facts.put(path, new TreeFacts(Integer.toOctalString(stat.mode()), stat.uid(), stat.gid(), stat.links(),
                stat.mtimeSeconds() + "." + stat.mtimeNanos(), xattrs, what, first));
        if ((stat.mode() & 0170000) == 0040000) {
            for (String name : Linux.list(root + path).stream().sorted().toList()) {
                if (!name.equals(".") && !name.equals("..")) {
                    collect(root, path + "/" + name, firsts, facts);
                }
            }
        }
    }

    /** The facts of every path of a merged tree. */
    static SortedMap<String, TreeFacts> ofTree(Images.Sample sample) {
        TreeCheck check = TreeCheck.of(sample);
        SortedMap<String, TreeFacts> facts = new TreeMap<>();
        collect(check, "", sample.root(), new IdentityHashMap<>(), facts);
        return facts;
    }

    private static void collect(
            TreeCheck check, String path, Inode inode, Map<Inode, String> firsts, Map<String, TreeFacts> facts) {
        Inode.Attributes attributes = inode.attributes();
        Map<String, String> xattrs = new TreeMap<>();
        attributes.xattrs().forEach((name, value) -> xattrs.put(name, HexFormat.of().formatHex(value)));
        String what = switch (inode.content()) {
            case Inode.Data data -> Digest.of(check.bytes(data)).toString();
            case Inode.Inline inline -> Digest.of(inline.bytes()).toString();
            case Inode.Symlink link -> link.target();
            case Inode.Device device -> device.major() + ":" + device.minor();
            case Inode.Directory directory -> "";
            case Inode.Fifo fifo -> "";
        };
        String first = firsts.computeIfAbsent(inode, i -> path);
        facts.put(path, new TreeFacts(Integer.toOctalString(TreeCheck.type(inode.content()) | attributes.permissions()),
                attributes.uid(), attributes.gid(), check.links(inode),
                attributes.mtimeSeconds() + "." + attributes.mtimeNanos(), xattrs, what, first));
        if (inode.content() instanceof Inode.Directory directory) {
            directory.entries().forEach((name, child) -> collect(check, path + "/" + name, child, firsts, facts));
        }
    }

    TreeFacts at(String time) {
        return new TreeFacts(mode, uid, gid, links, time, xattrs, what, first);
    }

    boolean isDirectory() {
        return mode.startsWith("4");
    }

    long seconds() {
        return Long.parseLong(mtime.substring(0, mtime.indexOf('.')));
    }
}
