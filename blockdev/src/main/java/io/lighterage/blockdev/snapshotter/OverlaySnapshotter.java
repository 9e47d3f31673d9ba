package io.lighterage.blockdev.snapshotter;

import io.lighterage.blockdev.snapshotter.SnapshotInfo.Kind;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.store.KeyValueTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots on overlayfs. A snapshot's own files are a directory; where a remote layer is in a chain, its file system
 * stands for it and all below it.
 *
 * <p>One lock guards the records. It is held while directories are made, and never while an image is waited for or a
 * tree is walked. A directory is made before its record is written and removed after it, so a crash leaves directories
 * without records and never the reverse.
 */
final class OverlaySnapshotter implements Snapshotter {
    private static final Logger LOG = LoggerFactory.getLogger(OverlaySnapshotter.class);

    private final SnapshotDirectories directories;
    private final ImageLayers layers;
    private final InstantSource clock;
    private final List<String> overlayOptions;
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by {@link #lock}. */
    private final SnapshotRecords records;

    /**
     * @param directory of the snapshots' files
     * @param table of the records
     * @param layers the layers that need not be unpacked
     */
    OverlaySnapshotter(Path directory, KeyValueTable table, ImageLayers layers, InstantSource clock)
            throws IOException {
        this.directories = new SnapshotDirectories(directory);
        this.layers = layers;
        this.clock = clock;
        this.overlayOptions = OverlayOptions.ofThisHost();
        this.records = SnapshotRecords.load(table);
        cleanup();
    }

    @Override
    public List<SnapshotMount> prepare(String key, String parent, Map<String, String> labels)
            throws SnapshotException, IOException, InterruptedException {
        Optional<SnapshotRecord> upon = checkCreation(key, parent);
        Optional<Digest> chain = chain(labels);
        if (chain.isPresent() && layers.isRemote(chain.get(), upon.flatMap(OverlaySnapshotter::chainOf), labels)) {
            commitRemote(chain.get(), parent, labels);
            throw SnapshotException.promise(chain.get().toString());
        }
        return create(Kind.ACTIVE, key, parent, labels);
    }

    @Override
    public List<SnapshotMount> view(String key, String parent, Map<String, String> labels)
            throws SnapshotException, IOException, InterruptedException {
        checkCreation(key, parent);
        return create(Kind.VIEW, key, parent, labels);
    }

    /** The chainID that a layer is prepared for; a label that is none is left alone. */
    private static Optional<Digest> chain(Map<String, String> labels) {
        try {
            return Optional.ofNullable(labels.get(REFERENCE)).map(Digest::parse);
        } catch (InvalidDigestException e) {
            LOG.warn("{} is no chainID, the layer is taken as an ordinary one: {}", REFERENCE, e.getMessage());
            return Optional.empty();
        }
    }

    /** The chainID of a committed layer, as far as it is known. */
    private static Optional<Digest> chainOf(SnapshotRecord record) {
        if (record.isRemote()) {
            return record.chain();
        }
        String name = record.info().name();
        String last = name.substring(name.lastIndexOf('/') + 1);
        String said = record.info().reference().orElse(last);
        // Who commits a layer that was unpacked names it by its chainID.
        return said.equals(last) && last.startsWith("sha256:") ? chain(Map.of(REFERENCE, last)) : Optional.empty();
    }

    private Optional<SnapshotRecord> checkCreation(String key, String parent) throws SnapshotException {
        lock.lock();
        try {
            if (key.isEmpty()) {
                throw SnapshotException.invalid("a snapshot's key is empty");
            }
            if (records.find(key).isPresent()) {
                throw SnapshotException.exists(key);
            }
            if (parent.isEmpty()) {
                return Optional.empty();
            }
            SnapshotRecord upon = records.find(parent).orElseThrow(() -> new SnapshotException(
                    SnapshotException.Kind.NOT_FOUND, "missing parent \"" + parent + "\" of snapshot " + key));
            if (upon.info().kind() != Kind.COMMITTED) {
                throw SnapshotException.invalid("parent \"" + parent + "\" is not committed snapshot");
            }
            return Optional.of(upon);
        } finally {
            lock.unlock();
        }
    }

    private void commitRemote(Digest chain, String parent, Map<String, String> labels)
            throws SnapshotException, IOException {
        lock.lock();
        try {
            boolean there = records.all().stream().anyMatch(record -> record.isRemote()
                    && record.chain().equals(Optional.of(chain))
                    && record.info().parent().equals(parent)
                    && record.info().reference().equals(Optional.of(chain.toString())));
            if (there) {
                return;
            }
            if (!parent.isEmpty()) {
                records.get(parent);
            }
            long id = records.nextId();
            // The same layer may be there upon another parent, one that was unpacked.
            String name = records.find(chain.toString()).isEmpty() ? chain.toString() : chain + "." + id;
            SnapshotInfo info =
                    new SnapshotInfo(name, parent, Kind.COMMITTED, clock.instant(), clock.instant(), labels);
            records.add(new SnapshotRecord(id, info, SnapshotUsage.NONE, Optional.of(chain)));
        } finally {
            lock.unlock();
        }
    }

    private List<SnapshotMount> create(Kind kind, String key, String parent, Map<String, String> labels)
            throws SnapshotException, IOException, InterruptedException {
        List<Path> lower = lower(parent);
        lock.lock();
        try {
            checkCreation(key, parent);
            long id = records.nextId();
            directories.make(id, kind == Kind.ACTIVE, lower.stream().findFirst());
            SnapshotInfo info = new SnapshotInfo(key, parent, kind, clock.instant(), clock.instant(), labels);
            SnapshotRecord record = new SnapshotRecord(id, info, SnapshotUsage.NONE, Optional.empty());
            try {
                records.add(record);
            } catch (IOException | RuntimeException e) {
                directories.remove(id);
                throw e;
            }
            return mounts(record, lower);
        } finally {
            lock.unlock();
        }
    }

    /** The directories upon which a child of {@code name} stands, the uppermost first. Mounts an image if need be. */
    private List<Path> lower(String name) throws SnapshotException, InterruptedException {
        List<SnapshotRecord> chain;
        lock.lock();
        try {
            chain = records.chain(name);
        } finally {
            lock.unlock();
        }
        List<Path> lower = new ArrayList<>();
        for (SnapshotRecord record : chain) {
            if (record.isRemote()) {
                try {
                    lower.add(layers.mounted(record.chain().get()));
                    return lower;
                } catch (IOException e) {
                    throw new SnapshotException(
                            SnapshotException.Kind.UNAVAILABLE, "remote layer " + name + ": " + e.getMessage(), e);
                }
            }
            lower.add(directories.files(record.id()));
        }
        return lower;
    }

    private List<SnapshotMount> mounts(SnapshotRecord record, List<Path> lower) {
        boolean active = record.info().kind() == Kind.ACTIVE;
        Path files = directories.files(record.id());
        if (lower.isEmpty() || !active && lower.size() == 1) {
            Path source = lower.isEmpty() ? files : lower.getFirst();
            return List.of(new SnapshotMount("bind", source.toString(), List.of(active ? "rw" : "ro", "rbind")));
        }
        List<String> options = new ArrayList<>();
        if (active) {
            options.add("workdir=" + directories.work(record.id()));
            options.add("upperdir=" + files);
        }
        options.add("lowerdir=" + lower.stream().map(Path::toString).collect(Collectors.joining(":")));
        options.addAll(overlayOptions);
        return List.of(new SnapshotMount("overlay", "overlay", options));
    }

    @Override
    public List<SnapshotMount> mounts(String key) throws SnapshotException, IOException, InterruptedException {
        SnapshotRecord record = find(key);
        if (record.info().kind() == Kind.COMMITTED) {
            throw SnapshotException.precondition("requested snapshot " + key + " not active or view");
        }
        return mounts(record, lower(record.info().parent()));
    }

    private SnapshotRecord find(String key) throws SnapshotException {
        lock.lock();
        try {
            return records.get(key);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void commit(String name, String key, Map<String, String> labels, String parent)
            throws SnapshotException, IOException {
        SnapshotRecord active = find(key);
        requireActive(active);
        SnapshotUsage usage = directories.usage(active.id());
        lock.lock();
        try {
            if (name.isEmpty()) {
                throw SnapshotException.invalid("the name of a committed snapshot is empty");
            }
            if (records.find(name).isPresent()) {
                throw new SnapshotException(SnapshotException.Kind.ALREADY_EXISTS, "committed snapshot " + name);
            }
            active = records.get(key);
            requireActive(active);
            String upon = rebased(active, parent);
            SnapshotInfo info =
                    new SnapshotInfo(name, upon, Kind.COMMITTED, clock.instant(), clock.instant(), labels);
            records.replace(active, new SnapshotRecord(active.id(), info, usage, Optional.empty()));
        } finally {
            lock.unlock();
        }
    }

    private static void requireActive(SnapshotRecord record) throws SnapshotException {
        if (record.info().kind() != Kind.ACTIVE) {
            throw SnapshotException.precondition("snapshot \"" + record.info().name() + "\" is not active");
        }
    }

    private String rebased(SnapshotRecord active, String parent) throws SnapshotException {
        String before = active.info().parent();
        if (parent.isEmpty() || parent.equals(before)) {
            return before;
        }
        if (!before.isEmpty()) {
            throw SnapshotException.invalid(
                    "cannot change parent of active snapshot \"" + active.info().name() + "\" on commit");
        }
        if (records.get(parent).info().kind() != Kind.COMMITTED) {
            throw SnapshotException.precondition("parent \"" + parent + "\" is not committed");
        }
        return parent;
    }

    @Override
    public void remove(String key) throws SnapshotException, IOException {
        SnapshotRecord removed;
        lock.lock();
        try {
            removed = records.get(key);
            if (records.hasChildren(key)) {
                throw SnapshotException.precondition("failed to remove snapshot " + key
                        + ": cannot remove snapshot with child");
            }
            records.remove(removed);
        } finally {
            lock.unlock();
        }
        if (!removed.isRemote()) {
            directories.remove(removed.id());
            return;
        }
        try {
            releaseUnused();
        } catch (IOException e) {
            LOG.warn("an image that no snapshot needs may still be mounted", e);
        }
    }

    private Set<Digest> needed() {
        lock.lock();
        try {
            return records.all().stream().flatMap(record -> record.chain().stream()).collect(Collectors.toSet());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SnapshotInfo stat(String key) throws SnapshotException {
        return find(key).info();
    }

    @Override
    public SnapshotInfo update(String name, Map<String, String> labels, Set<String> paths)
            throws SnapshotException, IOException {
        lock.lock();
        try {
            SnapshotRecord before = records.get(name);
            Map<String, String> changed = new TreeMap<>(before.info().labels());
            for (String path : paths.isEmpty() ? Set.of("labels") : paths) {
                if (path.equals("labels")) {
                    changed = new TreeMap<>(labels);
                } else if (path.startsWith("labels.")) {
                    String label = path.substring("labels.".length());
                    changed.put(label, labels.getOrDefault(label, ""));
                } else {
                    throw SnapshotException.invalid(
                            "cannot update \"" + path + "\" field on snapshot \"" + name + "\"");
                }
            }
            SnapshotRecord after = before.with(before.info().withLabels(changed, clock.instant()));
            records.replace(before, after);
            return after.info();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<SnapshotInfo> list(Predicate<SnapshotInfo> filter) {
        lock.lock();
        try {
            return records.all().stream().map(SnapshotRecord::info).filter(filter).toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SnapshotUsage usage(String key) throws SnapshotException, IOException {
        SnapshotRecord record = find(key);
        return record.info().kind() == Kind.ACTIVE ? directories.usage(record.id()) : record.usage();
    }

    @Override
    public void cleanup() throws IOException {
        lock.lock();
        try {
            Set<Long> ids = records.all().stream().map(SnapshotRecord::id).collect(Collectors.toSet());
            directories.removeBut(ids::contains);
        } finally {
            lock.unlock();
        }
        releaseUnused();
    }

    /** Gives up the images that no snapshot needs any more. */
    void releaseUnused() throws IOException {
        layers.retain(this::needed);
    }

    /** Number of snapshots. */
    int count() {
        lock.lock();
        try {
            return records.all().size();
        } finally {
            lock.unlock();
        }
    }

    /** Number of layers that were never unpacked. */
    int remoteLayers() {
        lock.lock();
        try {
            return (int) records.all().stream().filter(SnapshotRecord::isRemote).count();
        } finally {
            lock.unlock();
        }
    }
}
