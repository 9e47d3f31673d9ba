package io.lighterage.blockdev.image;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tree of an image while its layers are laid on. Paths in it are lists of names from the root; none of the names is
 * a symbolic link. Owned by one thread.
 */
final class MergeTree {
    /** Most symbolic links in one path, as umoci has it. */
    private static final int MOST_LINKS = 255;

    private static final SortedMap<String, byte[]> NO_XATTRS = Collections.unmodifiableSortedMap(new TreeMap<>());
    private static final int SET_GROUP = 02000;
    private static final int DEFAULT_PERMISSIONS = 0755;

    /** A file; several names may share it. Directories have children, all else content. */
    static final class File {
        private Inode.Attributes attributes;
        private final Inode.Content content;
        private final SortedMap<String, Name> children;

        /** Makes a directory. */
        File(Inode.Attributes attributes) {
            this.attributes = attributes;
            content = null;
            children = new TreeMap<>();
        }

        /** Makes anything else. */
        File(Inode.Attributes attributes, Inode.Content content) {
            this.attributes = attributes;
            this.content = content;
            children = null;
        }

        boolean isDirectory() {
            return children != null;
        }

        void attributes(Inode.Attributes changed) {
            attributes = changed;
        }
    }

    /** An entry of a directory, with the last layer that wrote it or something below it. */
    private static final class Name {
        private final File file;
        private int layer;

        Name(File file, int layer) {
            this.file = file;
            this.layer = layer;
        }
    }

    // As umoci has it: the root is there before any layer, of the epoch, and layers may change it.
    private final File root = new File(new Inode.Attributes(DEFAULT_PERMISSIONS, 0, 0, 0, 0, NO_XATTRS));

    /** The file at a path, or {@code null}. */
    File find(List<String> path) {
        File file = root;
        for (String name : path) {
            file = child(file, name);
        }
        return file;
    }

    /**
     * Follows the symbolic links in a path, as if the tree's root were the system's: {@code ..} in a target does not
     * lead above it. What does not exist counts as a directory that is yet to be made.
     */
    List<String> resolve(String path) throws TarException {
        List<String> resolved = new ArrayList<>();
        List<File> files = new ArrayList<>(List.of(root));
        Deque<String> left = new ArrayDeque<>(parts(path));
        int links = 0;
        while (!left.isEmpty()) {
            String name = left.pop();
            if (name.equals("..")) {
                shorten(resolved, files, Math.max(0, resolved.size() - 1));
                continue;
            }
            File file = child(files.getLast(), name);
            if (file != null && file.content instanceof Inode.Symlink link) {
                if (++links > MOST_LINKS) {
                    throw new TarException("there are too many symbolic links in its path");
                }
                if (link.target().startsWith("/")) {
                    shorten(resolved, files, 0);
                }
                parts(link.target()).reversed().forEach(left::push);
            } else {
                resolved.add(name);
                files.add(file);
            }
        }
        LayerPaths.checkLength(resolved.stream().mapToInt(name -> name.length() + 1).sum());
        return resolved;
    }

    private static void shorten(List<String> names, List<File> files, int length) {
        names.subList(length, names.size()).clear();
        files.subList(length + 1, files.size()).clear();
    }

    private static File child(File directory, String name) {
        Name child = directory != null && directory.isDirectory() ? directory.children.get(name) : null;
        return child == null ? null : child.file;
    }

    private static List<String> parts(String path) {
        return Arrays.stream(path.split("/")).filter(part -> !part.isEmpty() && !part.equals(".")).toList();
    }

    /** Makes the directories of a path that are missing, as mkdir(2) would for root. */
    File makeDirectories(List<String> path, int layer) throws TarException {
        File file = root;
        for (String part : path) {
            if (!file.isDirectory()) {
                throw new TarException("it lies below what is no directory");
            }
            Name next = file.children.get(part);
            if (next == null) {
                LayerPaths.checkName(part);
                next = new Name(new File(inherited(file.attributes)), layer);
                file.children.put(part, next);
            }
            file = next.file;
        }
        if (!file.isDirectory()) {
            throw new TarException("it lies below what is no directory");
        }
        return file;
    }

    private static Inode.Attributes inherited(Inode.Attributes parent) {
        boolean setGroup = (parent.permissions() & SET_GROUP) != 0;
        return new Inode.Attributes(
                setGroup ? DEFAULT_PERMISSIONS | SET_GROUP : DEFAULT_PERMISSIONS,
                0,
                setGroup ? parent.gid() : 0,
                0,
                0,
                NO_XATTRS);
    }

    /** Takes away whatever is at a path, with all that is below it. */
    void remove(List<String> path) {
        File directory = find(path.subList(0, path.size() - 1));
        if (directory != null && directory.isDirectory()) {
            directory.children.remove(path.getLast());
        }
    }

    /** Puts a file at a path whose directory exists. */
    void put(List<String> path, File file, int layer) {
        find(path.subList(0, path.size() - 1)).children.put(path.getLast(), new Name(file, layer));
    }

    /** Notes that a layer wrote a path: its whiteouts leave it and the directories above it. */
    void touch(List<String> path, int layer) {
        File file = root;
        for (String part : path) {
            Name name = file.children.get(part);
            name.layer = layer;
            file = name.file;
        }
    }

    /** Removes what is at a path, but for what {@code layer} wrote there. */
    void whiteOut(List<String> path, int layer) {
        File directory = find(path.subList(0, path.size() - 1));
        Name name = directory == null || !directory.isDirectory() ? null : directory.children.get(path.getLast());
        if (name == null) {
            return;
        }
        if (name.layer != layer) {
            directory.children.remove(path.getLast());
        } else {
            whiteOutBelow(name.file, layer);
        }
    }

    /** Removes what is in a directory, but for what {@code layer} wrote there. */
    void whiteOutBelow(File file, int layer) {
        if (file != null && file.isDirectory()) {
            file.children.values().removeIf(name -> name.layer != layer);
            file.children.values().forEach(name -> whiteOutBelow(name.file, layer));
        }
    }

    /** The tree as it is now. */
    Inode freeze() {
        return freeze(root, new IdentityHashMap<>());
    }

    // Recursion is as deep as the longest path, 2048 names at most.
    private static Inode freeze(File file, Map<File, Inode> frozen) {
        if (!file.isDirectory()) {
            return frozen.computeIfAbsent(file, f -> new Inode(f.attributes, f.content));
        }
        SortedMap<String, Inode> entries = new TreeMap<>();
        file.children.forEach((name, child) -> entries.put(name, freeze(child.file, frozen)));
        return new Inode(file.attributes, new Inode.Directory(entries));
    }
}
