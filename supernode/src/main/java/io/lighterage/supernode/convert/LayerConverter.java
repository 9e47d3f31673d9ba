package io.lighterage.supernode.convert;

import io.lighterage.blockdev.image.LayerEntries;
import io.lighterage.blockdev.image.LayerFlattener;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobInput;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.BlobWriter;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import io.lighterage.supernode.convert.ResolvedImage.ImageLayer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Converts layers, each once: to a blob of its files' bytes and one of its entries, while it is ingested. What was made
 * is remembered under the layer's digest, so images share it and a restart goes on after the last layer that was
 * finished.
 */
final class LayerConverter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LayerConverter.class);

    /** Layers at once: one alone keeps about two cores busy, a second fills the gaps. */
    static final int PARALLEL = 2;

    /** Goes into the keys: what another version made is not taken. */
    static final String VERSION = "1/";

    /** Files are read in small pieces: larger chunks would fetch several times what a start needs. */
    private static final int DATA_CHUNK = BlobInfo.SMALLEST_CHUNK;

    private static final Duration NEXT_BYTE = Duration.ofMinutes(2);

    private final BlobStore store;
    private final Exchange exchange;
    private final LayerFlattener flattener;
    private final KeyValueTable converted;

    /** Platform threads: decompressing and copying never yields. */
    private final ExecutorService threads =
            Executors.newFixedThreadPool(PARALLEL, Thread.ofPlatform().daemon().name("convert-", 0).factory());

    /** By layer digest; guarded by itself. */
    private final Map<Digest, Flight> flights = new HashMap<>();

    /** A layer under way, for all who wait for it. */
    record Flight(CompletableFuture<ConvertedLayer> done, AtomicLong bytes) {}

    LayerConverter(BlobStore store, Exchange exchange, LayerLimits limits) {
        this.store = store;
        this.exchange = exchange;
        this.flattener = new LayerFlattener(limits);
        this.converted = store.table("converted-layers");
    }

    /** The conversion of {@code layer}: one that is ready, or under way, or begun now. */
    Flight convert(ImageLayer layer, BlobSource source) throws IOException {
        synchronized (flights) {
            Flight running = flights.get(layer.digest());
            if (running != null) {
                return running;
            }
            Optional<ConvertedLayer> known = find(layer.digest());
            if (known.isPresent()) {
                return new Flight(CompletableFuture.completedFuture(known.get()), new AtomicLong(layer.size()));
            }
            Flight flight = new Flight(new CompletableFuture<>(), new AtomicLong());
            flights.put(layer.digest(), flight);
            threads.execute(() -> run(layer, source, flight));
            return flight;
        }
    }

    /** Whether what a layer becomes is here already, so that it will not be read again. */
    boolean isConverted(Digest layer) throws StoreException {
        return find(layer).isPresent();
    }

    private Optional<ConvertedLayer> find(Digest layer) throws StoreException {
        return converted.get(VERSION + layer).map(ConvertedLayer::decode).filter(found -> found.isIn(store));
    }

    private void run(ImageLayer layer, BlobSource source, Flight flight) {
        long startNs = System.nanoTime();
        ConvertedLayer made = null;
        Throwable failure = null;
        try {
            made = make(layer, source, flight.bytes());
            converted.put(VERSION + layer.digest(), made.encode());
            LOG.info("converted layer {} in {} ms", layer.digest(), (System.nanoTime() - startNs) / 1_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = e;
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
        // Who asks from now on finds the result, or tries anew.
        synchronized (flights) {
            flights.remove(layer.digest());
        }
        if (failure == null) {
            flight.done().complete(made);
        } else {
            flight.done().completeExceptionally(failure);
        }
    }

    private ConvertedLayer make(ImageLayer layer, BlobSource source, AtomicLong bytes)
            throws IOException, InterruptedException {
        try (BlobInput in = BlobInput.open(
                        exchange, layer.digest(), source, Priority.PREFETCH, NEXT_BYTE, bytes::addAndGet);
                BlobWriter data = store.newBlob(DATA_CHUNK)) {
            LayerEntries entries = flattener.flatten(layer.described(), in, data::append);
            Optional<Digest> dataBlob = entries.dataLength() == 0
                    ? Optional.empty()
                    : Optional.of(data.finish().info().digest());
            return new ConvertedLayer(entries.diffId(), write(entries.bytes()), dataBlob);
        }
    }

    private Digest write(byte[] entries) throws StoreException, InterruptedException {
        try (BlobWriter writer = store.newBlob(BlobInfo.DEFAULT_CHUNK)) {
            writer.append(ByteBuffer.wrap(entries));
            return writer.finish().info().digest();
        }
    }

    /** Gives up what is under way. */
    @Override
    public void close() {
        Closing.stop(threads, "layers");
    }
}
