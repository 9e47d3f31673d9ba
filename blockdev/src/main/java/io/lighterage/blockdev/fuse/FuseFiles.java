package io.lighterage.blockdev.fuse;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The files of the file system. Any thread may read it; the server changes it under its lock. */
final class FuseFiles {
    /** By node id, which is also the order of a listing: so a listing goes on where it was, whatever comes and goes. */
    private final NavigableMap<Long, FuseFile> byNode = new ConcurrentSkipListMap<>();

    FuseFile byNode(long nodeId) {
        return byNode.get(nodeId);
    }

    FuseFile byName(String name) {
        FuseFile file = byNode.get(FuseFile.nodeId(name));
        return file != null && file.name().equals(name) ? file : null;
    }

    /** @throws IllegalArgumentException if another name has the same node id */
    void put(FuseFile file) {
        FuseFile other = byNode.putIfAbsent(file.nodeId(), file);
        if (other != null) {
            throw new IllegalArgumentException(
                    "the files " + file.name() + " and " + other.name() + " cannot both be served");
        }
    }

    void remove(FuseFile file) {
        byNode.remove(file.nodeId(), file);
    }

    Collection<FuseFile> all() {
        return byNode.values();
    }

    /** The files whose node ids are above {@code nodeId}, in their order. */
    Collection<FuseFile> after(long nodeId) {
        return byNode.tailMap(nodeId, false).values();
    }
}
