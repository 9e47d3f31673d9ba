package io.lighterage.blockdev.device;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.Layer;
import io.lighterage.blockdev.image.LayerFlattener;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobInput;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.exchange.Upstream;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Upstream as a node with devices needs it. No registry has the file data of a layer, but the layer: while no supernode and
 * no other node gives the data, this one makes them anew, as {@link LayerFlattener} always makes them. The layer comes by the
 * exchange like any other, by this host's own right. Safe for use by several threads.
 */
public final class RebuiltBlobs implements Upstream {
    private static final Logger LOG = LoggerFactory.getLogger(RebuiltBlobs.class);
    private static final Duration NEXT_BYTE = Duration.ofMinutes(2);

    /** Of so many blobs it is remembered what they are made of: those of the devices that were opened last. */
    private static final int MOST = 8192;

    private record Origin(BlobInfo blob, Layer layer) {}

    private final Upstream registries;
    private final LayerFlattener flattener = new LayerFlattener(LayerLimits.ofANode());

    /** Guarded by itself. */
    private final Map<Digest, Origin> origins = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Origin> eldest) {
            return size() > MOST;
        }
    };

    /** When the layer of each blob that is being made last came nearer, by {@link System#nanoTime}. */
    private final ConcurrentMap<Digest, Long> advancedNs = new ConcurrentHashMap<>();

    /** Null until it is known; nothing is made before a device is opened over it. */
    private volatile Exchange exchange;

    /** @param registries has all other blobs */
    public RebuiltBlobs(Upstream registries) {
        this.registries = registries;
    }

    /** Says by what layers come. To be called before {@link #learn}. */
    public void readBy(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Remembers what the blobs of a device are made of. */
    public void learn(DeviceMap map) {
        synchronized (origins) {
            for (DeviceMap.Extent extent : map.extents()) {
                extent.layer().ifPresent(
                        layer -> origins.put(extent.blob().digest(), new Origin(extent.blob(), layer)));
            }
        }
    }

    private Optional<Origin> origin(Digest digest) {
        synchronized (origins) {
            return Optional.ofNullable(origins.get(digest));
        }
    }

    @Override
    public boolean isMade(Digest digest) {
        return origin(digest).isPresent();
    }

    @Override
    public boolean isAdvancing(Digest digest, Duration within) {
        Long lastNs = advancedNs.get(digest);
        return lastNs != null && System.nanoTime() - lastNs < within.toNanos();
    }

    @Override
    public BlobInfo describe(Digest digest, BlobSource source) throws IOException, InterruptedException {
        Optional<Origin> origin = origin(digest);
        return origin.isPresent() ? origin.get().blob() : registries.describe(digest, source);
    }

    @Override
    public void read(Digest digest, BlobSource source, long offset, long length, Sink sink)
            throws IOException, InterruptedException {
        Optional<Origin> origin = origin(digest);
        if (origin.isEmpty()) {
            registries.read(digest, source, offset, length, sink);
            return;
        }
        BlobInfo blob = origin.get().blob();
        if (offset != 0 || length != blob.length()) {
            throw new IllegalArgumentException("blob " + digest + " is made whole, not " + length + " bytes at " + offset);
        }
        try {
            make(blob, origin.get().layer(), BlobSource.own(source.repository()), sink);
        } catch (IOException e) {
            // Whatever refuses the layer now may not later, and the supernode may come back: no refusal of the blob.
            throw new BlobUnavailableException("blob " + digest + " cannot be made anew: " + e.getMessage(), e);
        }
    }

    private void make(BlobInfo blob, Layer layer, BlobSource source, Sink sink) throws IOException, InterruptedException {
        LOG.info("making blob {} anew out of layer {} of {}", blob.digest(), layer.digest(), source.repository());
        try (BlobInput in = BlobInput.open(
                exchange, layer.digest(), source, Priority.PREFETCH, NEXT_BYTE,
                read -> advancedNs.put(blob.digest(), System.nanoTime()))) {
            long[] made = {0};
            flattener.flatten(layer, in, bytes -> {
                made[0] += bytes.remaining();
                if (made[0] > blob.length()) {
                    throw new IOException("layer " + layer.digest() + " has more than its " + blob.length() + " bytes");
                }
                sink.accept(bytes);
            });
            if (made[0] != blob.length()) {
                throw new IOException("layer " + layer.digest() + " has " + made[0] + " bytes, not " + blob.length());
            }
        } finally {
            advancedNs.remove(blob.digest());
        }
    }
}
