package io.lighterage.blockdev.image;

import io.lighterage.blockdev.image.ErofsLayout.Dirent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Numbers the inodes of a tree: directory by directory, breadth first, by name, so that a directory's inodes lie
 * together. Counts links on the way and rejects names that no directory can hold.
 */
final class TreeWalk {
    private final List<PlannedInode> inodes = new ArrayList<>();
    private final Map<Inode, PlannedInode> byInode = new IdentityHashMap<>();

    /**
     * Walks the tree under {@code root}.
     *
     * @throws ErofsLimitException if a name is longer than 255 bytes
     * @throws IllegalArgumentException if {@code root} is no tree
     */
    TreeWalk(Inode root) throws ErofsLimitException {
        if (!(root.content() instanceof Inode.Directory)) {
            throw new IllegalArgumentException("the root of an image is a directory, not " + root.content());
        }
        Queue<PlannedInode> directories = new ArrayDeque<>();
        directories.add(add(root, null, ""));
        while (!directories.isEmpty()) {
            visit(directories.remove(), directories);
        }
    }

    /** All inodes in the order of their numbers; the root first. */
    List<PlannedInode> inodes() {
        return inodes;
    }

    /** What was planned for an inode of the tree. */
    PlannedInode of(Inode inode) {
        return byInode.get(inode);
    }

    private void visit(PlannedInode directory, Queue<PlannedInode> directories) throws ErofsLimitException {
        String previous = "";
        directory.links = 2;
        for (Map.Entry<String, Inode> entry : ((Inode.Directory) directory.inode.content()).entries().entrySet()) {
            String name = entry.getKey();
            checkName(directory, name, previous);
            previous = name;
            PlannedInode child = byInode.get(entry.getValue());
            if (child == null) {
                child = add(entry.getValue(), directory, name);
            } else if (child.isDirectory()) {
                throw new IllegalArgumentException(child.path() + " is a directory of two names, also " + name + " in "
                        + directory.path());
            }
            if (child.isDirectory()) {
                directories.add(child);
                directory.links++;
            } else {
                child.links++;
            }
        }
    }

    private PlannedInode add(Inode inode, PlannedInode parent, String name) {
        PlannedInode planned = new PlannedInode(inode, parent, name, inodes.size() + 1);
        inodes.add(planned);
        byInode.put(inode, planned);
        return planned;
    }

    private static void checkName(PlannedInode directory, String name, String previous) throws ErofsLimitException {
        if (name.length() > Dirent.LONGEST_NAME) {
            throw new ErofsLimitException("a name of " + name.length() + " bytes in " + directory.path() + ": " + name
                    + " (EROFS holds " + Dirent.LONGEST_NAME + ")");
        }
        if (name.compareTo(previous) <= 0 || name.equals(".") || name.equals("..")
                || name.chars().anyMatch(c -> c == '/' || c == 0 || c > 0xFF)) {
            throw new IllegalArgumentException("directory " + directory.path() + " cannot have the entry '" + name
                    + "' after '" + previous + "'");
        }
    }
}
