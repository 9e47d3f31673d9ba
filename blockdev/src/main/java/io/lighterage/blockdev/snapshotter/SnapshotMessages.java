package io.lighterage.blockdev.snapshotter;

import io.lighterage.blockdev.snapshotter.ProtoReader.MalformedMessageException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The messages of {@code containerd.services.snapshots.v1} by their field numbers, as
 * api/services/snapshots/v1/snapshots.proto and api/types/mount.proto of containerd have them since 1.0:
 *
 * <pre>
 * Prepare, View   snapshotter 1, key 2, parent 3, labels 4      -> mounts 1
 * Mounts          snapshotter 1, key 2                          -> mounts 1
 * Commit          snapshotter 1, name 2, key 3, labels 4, parent 5 (since 2.2)
 * Remove, Stat, Usage   snapshotter 1, key 2                    -> info 1; size 1, inodes 2
 * Update          snapshotter 1, info 2, update_mask 3 (paths 1) -> info 1
 * List            snapshotter 1, filters 2                      -> info 1, streamed
 * Info            name 1, parent 2, kind 3, created_at 4, updated_at 5, labels 6
 * Mount           type 1, source 2, target 3, options 4
 * Timestamp       seconds 1, nanos 2
 * </pre>
 *
 * <p>The name of the snapshotter is not looked at: there is one behind a socket.
 */
final class SnapshotMessages {
    private SnapshotMessages() {}

    /** What a call says; what it does not say is empty. */
    record Request(
            String key,
            String name,
            String parent,
            Map<String, String> labels,
            Set<String> paths,
            List<String> filters) {}

    /** How the fields of a request are numbered; 0 for those that it does not have. */
    record Layout(int key, int name, int parent, int labels, int info, int mask, int filters) {
        static final Layout KEY = new Layout(2, 0, 0, 0, 0, 0, 0);
        static final Layout CREATE = new Layout(2, 0, 3, 4, 0, 0, 0);
        static final Layout COMMIT = new Layout(3, 2, 5, 4, 0, 0, 0);
        static final Layout UPDATE = new Layout(0, 0, 0, 0, 2, 3, 0);
        static final Layout LIST = new Layout(0, 0, 0, 0, 0, 0, 2);
        static final Layout NOTHING = new Layout(0, 0, 0, 0, 0, 0, 0);

        Request parse(byte[] message) throws MalformedMessageException {
            Fields fields = new Fields();
            ProtoReader in = new ProtoReader(message);
            for (int field = in.next(); field != 0; field = in.next()) {
                if (field == key) {
                    fields.key = in.text();
                } else if (field == name) {
                    fields.name = in.text();
                } else if (field == parent) {
                    fields.parent = in.text();
                } else if (field == labels) {
                    in.entry(fields.labels);
                } else if (field == info) {
                    fields.info(in.message());
                } else if (field == mask) {
                    fields.mask(in.message());
                } else if (field == filters) {
                    fields.filters.add(in.text());
                }
            }
            return new Request(
                    fields.key, fields.name, fields.parent, fields.labels, fields.paths, List.copyOf(fields.filters));
        }
    }

    /** A request that is being read. */
    private static final class Fields {
        private final Map<String, String> labels = new TreeMap<>();
        private final Set<String> paths = new TreeSet<>();
        private final List<String> filters = new ArrayList<>();
        private String key = "";
        private String name = "";
        private String parent = "";

        private void info(ProtoReader in) throws MalformedMessageException {
            for (int field = in.next(); field != 0; field = in.next()) {
                if (field == 1) {
                    name = in.text();
                } else if (field == 6) {
                    in.entry(labels);
                }
            }
        }

        private void mask(ProtoReader in) throws MalformedMessageException {
            for (int field = in.next(); field != 0; field = in.next()) {
                if (field == 1) {
                    paths.add(in.text());
                }
            }
        }
    }

    static byte[] mounts(List<SnapshotMount> mounts) {
        ProtoWriter out = new ProtoWriter();
        for (SnapshotMount mount : mounts) {
            ProtoWriter one = new ProtoWriter().text(1, mount.type()).text(2, mount.source());
            mount.options().forEach(option -> one.item(4, option));
            out.message(1, one);
        }
        return out.toBytes();
    }

    static byte[] infos(List<SnapshotInfo> infos) {
        ProtoWriter out = new ProtoWriter();
        infos.forEach(info -> out.message(1, info(info)));
        return out.toBytes();
    }

    private static ProtoWriter info(SnapshotInfo info) {
        return new ProtoWriter()
                .text(1, info.name())
                .text(2, info.parent())
                .number(3, info.kind().ordinal() + 1)
                .message(4, time(info.created()))
                .message(5, time(info.updated()))
                .map(6, info.labels());
    }

    private static ProtoWriter time(Instant time) {
        return new ProtoWriter().number(1, time.getEpochSecond()).number(2, time.getNano());
    }

    static byte[] usage(SnapshotUsage usage) {
        return new ProtoWriter().number(1, usage.bytes()).number(2, usage.inodes()).toBytes();
    }

    static byte[] nothing() {
        return new byte[0];
    }
}
