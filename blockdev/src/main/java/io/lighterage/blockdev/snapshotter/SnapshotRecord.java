package io.lighterage.blockdev.snapshotter;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot as it is kept.
 *
 * @param id names its directory; never used again
 * @param usage what it takes, once it is committed
 * @param chain of a remote layer, its chainID: it has no files of its own, and those of its parents are not used
 */
record SnapshotRecord(long id, SnapshotInfo info, SnapshotUsage usage, Optional<Digest> chain) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The form in the table; the name is the key. Times are in ns since the epoch. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Stored(
            long id,
            String parent,
            SnapshotInfo.Kind kind,
            long createdNs,
            long updatedNs,
            Map<String, String> labels,
            long bytes,
            long inodes,
            String chain) {}

    /** Whether it is a remote layer. */
    boolean isRemote() {
        return chain.isPresent();
    }

    SnapshotRecord with(SnapshotInfo changed) {
        return new SnapshotRecord(id, changed, usage, chain);
    }

    byte[] toBytes() throws IOException {
        return JSON.writeValueAsBytes(new Stored(
                id,
                info.parent(),
                info.kind(),
                ns(info.created()),
                ns(info.updated()),
                info.labels(),
                usage.bytes(),
                usage.inodes(),
                chain.map(Digest::toString).orElse("")));
    }

    /** @throws IOException if {@code bytes} are none of {@link #toBytes} */
    static SnapshotRecord parse(String name, byte[] bytes) throws IOException {
        try {
            Stored stored = JSON.readValue(bytes, Stored.class);
            return new SnapshotRecord(
                    stored.id,
                    new SnapshotInfo(
                            name,
                            stored.parent,
                            stored.kind,
                            time(stored.createdNs),
                            time(stored.updatedNs),
                            stored.labels),
                    new SnapshotUsage(stored.bytes, stored.inodes),
                    stored.chain.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(stored.chain)));
        } catch (InvalidDigestException | NullPointerException e) {
            throw new IOException("snapshot " + name + " is not stored as it should be: " + e.getMessage(), e);
        }
    }

    private static long ns(Instant time) {
        return time.getEpochSecond() * 1_000_000_000 + time.getNano();
    }

    private static Instant time(long ns) {
        return Instant.ofEpochSecond(0, ns);
    }
}
