package io.lighterage.blockdev.image;

import java.util.ArrayList;
import java.util.List;

/**
 * Lays the layers of an image one upon the other, the lowest first, and makes the tree that an engine would unpack. It
 * follows umoci 0.4.7 entry by entry:
 *
 * <ul>
 *   <li>Symbolic links in the directory part of a path are followed within the image, never out of it; the last part is
 *       not.
 *   <li>An entry replaces what is at its path. A directory upon a directory changes its attributes only.
 *   <li>Missing directories are made: root's, 0755, of the epoch (umoci: of now, which no two runs would share).
 *   <li>A whiteout, wherever in its layer it stands, removes what lower layers have and leaves what its own layer
 *       wrote.
 *   <li>A hard link names the file that is at its target at that moment, of this layer or a lower one.
 * </ul>
 *
 * Owned by one thread.
 */
public final class LayerMerge {
    private final MergeTree tree = new MergeTree();
    private int layers;
    private int dataBlobs;

    /**
     * Lays the next layer on. A layer whose {@link LayerEntries#dataLength} is not 0 has the image's next data blob.
     *
     * @throws LayerException if it does what cannot be done on the layers below; then this merge is void
     */
    public void add(Layer layer, LayerEntries entries) throws LayerException {
        int index = layers++;
        for (LayerEntry entry : entries.entries()) {
            try {
                apply(entry, index);
            } catch (TarException e) {
                throw new LayerException(layer.digest(), entry.path(), e.getMessage(), e);
            }
        }
        if (entries.dataLength() > 0) {
            dataBlobs++;
        }
    }

    /** The image's root directory, of all layers added so far. */
    public Inode root() {
        return tree.freeze();
    }

    private void apply(LayerEntry entry, int layer) throws TarException {
        if (entry instanceof LayerEntry.Opaque) {
            tree.whiteOutBelow(tree.find(tree.resolve(entry.path())), layer);
            return;
        }
        List<String> directory = tree.resolve(LayerPaths.parent(entry.path()));
        List<String> path = new ArrayList<>(directory);
        if (!entry.path().isEmpty()) {
            path.add(LayerPaths.name(entry.path()));
        }
        switch (entry) {
            case LayerEntry.Whiteout whiteout -> tree.whiteOut(path, layer);
            case LayerEntry.Folder folder -> put(folder, path, layer);
            case LayerEntry.Node node -> {
                MergeTree.File file = new MergeTree.File(node.attributes(), placed(node.content()));
                tree.makeDirectories(directory, layer);
                put(path, file, layer);
            }
            case LayerEntry.HardLink link -> {
                tree.makeDirectories(directory, layer);
                // As umoci has it: a link to itself has lost its target by now.
                tree.remove(path);
                put(path, target(link.target()), layer);
            }
            case LayerEntry.Opaque opaque -> throw new IllegalStateException("an opaque directory has no file to put");
        }
    }

    private void put(LayerEntry.Folder folder, List<String> path, int layer) throws TarException {
        MergeTree.File there = tree.find(path);
        if (there != null && !there.isDirectory()) {
            tree.remove(path);
        }
        tree.makeDirectories(path, layer).attributes(folder.attributes());
        tree.touch(path, layer);
    }

    private void put(List<String> path, MergeTree.File file, int layer) {
        tree.put(path, file, layer);
        tree.touch(path, layer);
    }

    /** Layers know their own data blob only; here it gets its place among the image's. */
    private Inode.Content placed(Inode.Content content) {
        return content instanceof Inode.Data data ? new Inode.Data(data.size(), dataBlobs, data.runs()) : content;
    }

    private MergeTree.File target(String target) throws TarException {
        List<String> path = tree.resolve(LayerPaths.parent(target));
        path.add(LayerPaths.name(target));
        MergeTree.File file = target.isEmpty() ? null : tree.find(path);
        if (file == null) {
            throw new TarException("a hard link to " + LayerException.readable(target) + ", which does not exist");
        }
        if (file.isDirectory()) {
            throw new TarException("a hard link to the directory " + LayerException.readable(target));
        }
        return file;
    }
}
