package io.lighterage.blockdev.snapshotter;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Keeps the file systems of containers as snapshots that stand upon each other, as containerd's {@code
 * snapshots.Snapshotter} does.
 *
 * <p><b>Life of a snapshot.</b> {@link #prepare} makes an <em>active</em> one, named by its key: a file system that may
 * be written, with all of its parent in it. {@link #commit} makes it a <em>committed</em> one under another name, which
 * never changes again and may be a parent; the key is free then. {@link #view} makes one that may only be read and
 * never be committed. {@link #remove} ends any of them that has no children. Keys and names are of one space.
 *
 * <p><b>Mounts.</b> Nobody mounts here what a snapshot shows: its mounts are told, and whoever asked makes them. Only
 * images that are read lazily are mounted here, once each, for the snapshots upon them to use.
 *
 * <p><b>Remote layers.</b> Who unpacks an image prepares a snapshot for each layer with the label {@link #REFERENCE},
 * the chainID that the layer will have. Where the image has a device, that layer is committed at once without any
 * bytes, and the answer is {@link SnapshotException.Kind#ALREADY_EXISTS}: then it is neither fetched nor unpacked. Else
 * the answer is that of an ordinary layer.
 *
 * <p>State is durable before a call returns. A call that fails changes nothing. Safe for use by several threads; calls
 * block.
 */
interface Snapshotter {
    /** The label by which an unpacker names the chainID of what it is about to unpack. */
    String REFERENCE = "containerd.io/snapshot.ref";

    /**
     * Makes an active snapshot.
     *
     * @param parent name of a committed snapshot, or empty
     * @return how to mount it
     */
    List<SnapshotMount> prepare(String key, String parent, Map<String, String> labels)
            throws SnapshotException, IOException, InterruptedException;

    /** Makes a view of a committed snapshot; otherwise as {@link #prepare}. */
    List<SnapshotMount> view(String key, String parent, Map<String, String> labels)
            throws SnapshotException, IOException, InterruptedException;

    /** How to mount an active snapshot or view. */
    List<SnapshotMount> mounts(String key) throws SnapshotException, IOException, InterruptedException;

    /**
     * Commits the active snapshot {@code key} as {@code name}.
     *
     * @param labels all that it has then; those of the active one are not inherited
     * @param parent upon what it stands then, if it stood upon nothing; empty to leave it as it is
     */
    void commit(String name, String key, Map<String, String> labels, String parent)
            throws SnapshotException, IOException;

    /** Removes a snapshot without children, and its files. */
    void remove(String key) throws SnapshotException, IOException;

    /** What is known of a snapshot. */
    SnapshotInfo stat(String key) throws SnapshotException;

    /**
     * Changes labels.
     *
     * @param paths {@code labels} for all of them, {@code labels.NAME} for one; none is the same as {@code labels}. A
     *     label that is empty is removed.
     */
    SnapshotInfo update(String name, Map<String, String> labels, Set<String> paths)
            throws SnapshotException, IOException;

    /** The snapshots that fit, in the order of their names. */
    List<SnapshotInfo> list(Predicate<SnapshotInfo> filter);

    /** What a snapshot takes of the disk itself, without its parents. Nothing for views and for remote layers. */
    SnapshotUsage usage(String key) throws SnapshotException, IOException;

    /** Removes what crashed calls have left, and unmounts images that no snapshot needs any more. */
    void cleanup() throws IOException;
}
