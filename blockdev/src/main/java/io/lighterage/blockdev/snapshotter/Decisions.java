package io.lighterage.blockdev.snapshotter;

import io.lighterage.peer.content.Digest;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images were opened lazily and which are pulled as ever, and why. A decision against holds for all layers of a
 * pull, so that only the first of them waits. Synchronized.
 */
final class Decisions {
    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);
    private static final int MOST = 100;
    private static final long HOLDS_MS = 60_000;

    /** How long after a promise its first layer is recorded at the latest. */
    private static final long PROMISE_MS = 5_000;

    private final InstantSource clock;

    /** The last decisions by the image's reference, the last one at the end. */
    private final Map<String, Decision> last = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Decision> eldest) {
            return size() > MOST;
        }
    };

    private long lazy;
    private long eager;
    private long built;

    /** What was decided about an image, and its chainIDs if they are known. */
    private record Decision(List<Digest> chains, SnapshotterStatus.Choice choice) {}

    Decisions(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void lazy(PulledImage image) {
        String name = image.reference().toString();
        Decision before = last.get(name);
        if (before == null || !before.choice.lazy() || !holds(before)) {
            lazy++;
            LOG.info("{} is opened lazily", name);
        }
        put(name, image.chains(), true, "");
    }

    synchronized void eager(PulledImage image, Exception why) {
        eager++;
        String name = image.reference().toString();
        LOG.warn("{} is pulled as ever, not opened lazily: {}", name, why.getMessage());
        put(name, image.chains(), false, String.valueOf(why.getMessage()));
    }

    /** Whether it was decided a moment ago that the image is not lazy. */
    synchronized boolean isEager(PulledImage image) {
        Decision decision = last.get(image.reference().toString());
        return decision != null && !decision.choice.lazy() && holds(decision);
    }

    /** The layer is of no image whose manifest came through this node's mirror. */
    synchronized void unknown(String image) {
        against(image, "its manifest and config were not read through this node's mirror");
    }

    /** The layer is not what it is said to be. */
    synchronized void misfit(String image, String why) {
        against(image, why);
    }

    private void against(String image, String why) {
        Decision before = last.get(image);
        if (before == null || !before.choice.reason().equals(why) || !holds(before)) {
            eager++;
            LOG.warn("{} is pulled as ever, not opened lazily: {}", image, why);
        }
        put(image, List.of(), false, why);
    }

    synchronized void built() {
        built++;
    }

    private void put(String image, List<Digest> chains, boolean isLazy, String reason) {
        last.remove(image);
        last.put(image, new Decision(chains, new SnapshotterStatus.Choice(image, isLazy, reason, clock.millis())));
    }

    private boolean holds(Decision decision) {
        return clock.millis() - decision.choice.atMs() < HOLDS_MS;
    }

    /** Whether an image with this top has one of these chains, or was opened a moment ago and will have. */
    synchronized boolean isPromised(Digest top, Set<Digest> chains) {
        for (Decision decision : last.values()) {
            boolean fresh = clock.millis() - decision.choice.atMs() < PROMISE_MS;
            if (decision.choice.lazy()
                    && decision.chains.getLast().equals(top)
                    && (fresh || decision.chains.stream().anyMatch(chains::contains))) {
                return true;
            }
        }
        return false;
    }

    synchronized SnapshotterStatus status(int snapshots, int remote, long refused) {
        return new SnapshotterStatus(
                snapshots, remote, lazy, eager, built, refused, last.values().stream().map(Decision::choice).toList());
    }
}
