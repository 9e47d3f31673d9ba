package io.lighterage.blockdev.snapshotter;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.blockdev.image.Layer;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images the engine of this host pulls: by it a layer that is named by its chainID alone is known to be of an
 * image. The engine has just read the image's manifest and config through this node's mirror, with its own credentials,
 * so nothing need be asked for, and nobody learns of an image that he may not read.
 *
 * <p>The last {@link #MOST} manifests are remembered in memory, with the credentials by which they were read for as
 * long as tokens usually hold. They serve the engine's own snapshots, and no other mount. Images of which snapshots
 * stand upon are kept in a table, without credentials. Synchronized.
 */
public final class PulledImages {
    private static final Logger LOG = LoggerFactory.getLogger(PulledImages.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    private static final int MOST = 256;
    private static final int LONGEST_DOCUMENT = 8 << 20;
    private static final long CREDENTIALS_NS = TimeUnit.MINUTES.toNanos(4);

    private final BlobStore store;
    private final KeyValueTable table;

    /** By manifest, the one pulled last at the end. */
    private final Map<Digest, Manifest> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Manifest> eldest) {
            return size() > MOST;
        }
    };

    private final Map<Digest, PulledImage> kept = new LinkedHashMap<>();

    /** Repositories an image of which is being opened for a snapshot, and for how many. */
    private final Map<Repository, Integer> opening = new HashMap<>();

    /** Opens an image. */
    interface Opening {
        void run() throws IOException, InterruptedException;
    }

    /** What a manifest says, and by whose right it was read. */
    private static final class Manifest {
        private final Digest config;
        private final List<Descriptor> layers;
        private Repository repository;
        private String authorization = "";
        private long readNs;
        private Optional<PulledImage> image = Optional.empty();

        private Manifest(Digest config, List<Descriptor> layers) {
            this.config = config;
            this.layers = layers;
        }
    }

    private record Descriptor(Digest digest, String mediaType) {}

    private PulledImages(BlobStore store) {
        this.store = store;
        this.table = store.table("pulled-images");
    }

    /**
     * Goes on with what an earlier process kept.
     *
     * @param store where manifests and configs are that the mirror served
     */
    public static PulledImages open(BlobStore store) throws IOException {
        PulledImages images = new PulledImages(store);
        for (Map.Entry<String, byte[]> entry : images.table.all().entrySet()) {
            PulledImage image = parse(entry.getKey(), entry.getValue());
            images.kept.put(image.manifest(), image);
        }
        return images;
    }

    /**
     * Notes that the engine was given a manifest.
     *
     * @param digest of {@code document}
     * @param authorization the header by which it was read, or empty
     */
    public void served(Repository repository, String authorization, Digest digest, byte[] document) {
        Optional<Manifest> known = seen(digest);
        if (known.isEmpty()) {
            known = manifest(digest, document);
        }
        known.ifPresent(manifest -> remember(digest, manifest, repository, authorization));
    }

    private synchronized Optional<Manifest> seen(Digest digest) {
        return Optional.ofNullable(seen.get(digest));
    }

    private synchronized void remember(Digest digest, Manifest manifest, Repository repository, String authorization) {
        if (manifest.repository != null && !manifest.repository.equals(repository)) {
            manifest.image = Optional.empty();
        }
        manifest.repository = repository;
        manifest.authorization = authorization;
        manifest.readNs = System.nanoTime();
        seen.put(digest, manifest);
    }

    /** The manifest of an image of layers; nothing if it is anything else. */
    private static Optional<Manifest> manifest(Digest digest, byte[] document) {
        try {
            JsonNode root = JSON.readTree(document);
            if (!root.path("layers").isArray() || root.path("layers").isEmpty()) {
                return Optional.empty();
            }
            List<Descriptor> layers = new ArrayList<>();
            for (JsonNode layer : root.path("layers")) {
                layers.add(new Descriptor(
                        Digest.parse(layer.path("digest").asText()), layer.path("mediaType").asText()));
            }
            return Optional.of(new Manifest(Digest.parse(root.path("config").path("digest").asText()), layers));
        } catch (IOException | InvalidDigestException e) {
            LOG.debug("manifest {} is of no image that could be lazy: {}", digest, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Lends the engine's credentials for a repository while an image of it is opened for a snapshot of the engine's.
     */
    void lending(Repository repository, Opening image) throws IOException, InterruptedException {
        synchronized (this) {
            opening.merge(repository, 1, Integer::sum);
        }
        try {
            image.run();
        } finally {
            synchronized (this) {
                opening.computeIfPresent(repository, (r, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /** The same as long as snapshots stand upon an image of it. */
    private boolean isLent(Repository repository) {
        return opening.containsKey(repository)
                || kept.values().stream().anyMatch(image -> image.repository().equals(repository));
    }

    /**
     * The credentials by which the engine read something of that repository within the last minutes; nothing unless it
     * is for its snapshots.
     */
    public Optional<String> authorization(Repository repository) {
        return authorization(repository, CREDENTIALS_NS);
    }

    /** The same of the last time; maybe they expired. */
    public Optional<String> oldAuthorization(Repository repository) {
        return authorization(repository, Long.MAX_VALUE);
    }

    private synchronized Optional<String> authorization(Repository repository, long oldestNs) {
        Optional<String> newest = Optional.empty();
        if (!isLent(repository)) {
            return newest;
        }
        for (Manifest manifest : seen.values()) {
            boolean fresh = System.nanoTime() - manifest.readNs < oldestNs;
            if (fresh && manifest.repository.equals(repository) && !manifest.authorization.isEmpty()) {
                newest = Optional.of(manifest.authorization);
            }
        }
        return newest;
    }

    /** The images that have such a chain of layers, the one pulled last first. */
    synchronized List<PulledImage> having(Digest chain) {
        Map<Digest, PulledImage> found = new LinkedHashMap<>();
        for (Map.Entry<Digest, Manifest> entry : List.copyOf(seen.entrySet()).reversed()) {
            complete(entry.getKey(), entry.getValue())
                    .filter(image -> image.chains().contains(chain))
                    .ifPresent(image -> found.put(image.manifest(), image));
        }
        kept.values().stream()
                .filter(image -> image.chains().contains(chain))
                .forEach(image -> found.putIfAbsent(image.manifest(), image));
        return List.copyOf(found.values());
    }

    /** The image of that manifest, if its documents passed through this node. */
    synchronized Optional<PulledImage> byManifest(Digest manifest, Repository repository) {
        if (!seen.containsKey(manifest) && !kept.containsKey(manifest)) {
            document(manifest).flatMap(document -> manifest(manifest, document))
                    .ifPresent(found -> remember(manifest, found, repository, ""));
        }
        Manifest known = seen.get(manifest);
        Optional<PulledImage> image = known == null ? Optional.empty() : complete(manifest, known);
        return image.isPresent() ? image : Optional.ofNullable(kept.get(manifest));
    }

    private Optional<PulledImage> complete(Digest digest, Manifest manifest) {
        if (manifest.image.isEmpty()) {
            manifest.image = document(manifest.config).flatMap(config -> image(digest, manifest, config));
        }
        return manifest.image;
    }

    private static Optional<PulledImage> image(Digest digest, Manifest manifest, byte[] config) {
        try {
            JsonNode diffIds = JSON.readTree(config).path("rootfs").path("diff_ids");
            if (diffIds.size() != manifest.layers.size()) {
                return Optional.empty();
            }
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < diffIds.size(); i++) {
                Descriptor layer = manifest.layers.get(i);
                layers.add(new Layer(layer.digest, layer.mediaType, Digest.parse(diffIds.get(i).asText())));
            }
            return Optional.of(new PulledImage(manifest.repository, digest, layers));
        } catch (IOException | InvalidDigestException e) {
            LOG.debug("the config of manifest {} is of no image that could be lazy: {}", digest, e.getMessage());
            return Optional.empty();
        }
    }

    /** A document that is in the store whole. It may be that nobody has verified it yet, so that is done here. */
    private Optional<byte[]> document(Digest digest) {
        Optional<StoredBlob> blob = store.find(digest)
                .filter(StoredBlob::isComplete)
                .filter(found -> found.info().length() <= LONGEST_DOCUMENT);
        if (blob.isEmpty()) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) blob.get().info().length());
        try (BlobReader reader = blob.get().open()) {
            reader.read(0, bytes);
            return Optional.of(bytes.array()).filter(content -> Digest.of(content).equals(digest));
        } catch (IOException e) {
            LOG.warn("{} cannot be read", digest, e);
            return Optional.empty();
        }
    }

    /** Keeps an image, for snapshots stand upon it. */
    synchronized void keep(PulledImage image) throws StoreException {
        if (kept.containsKey(image.manifest())) {
            return;
        }
        ObjectNode root = JSON.createObjectNode()
                .put("registry", image.repository().registry())
                .put("repository", image.repository().name());
        for (Layer layer : image.layers()) {
            root.withArray("layers")
                    .addObject()
                    .put("digest", layer.digest().toString())
                    .put("mediaType", layer.mediaType())
                    .put("diffId", layer.diffId().toString());
        }
        table.put(image.manifest().toString(), root.toString().getBytes(StandardCharsets.UTF_8));
        kept.put(image.manifest(), image);
    }

    private static PulledImage parse(String manifest, byte[] stored) throws IOException {
        try {
            JsonNode root = JSON.readTree(stored);
            List<Layer> layers = new ArrayList<>();
            for (JsonNode layer : root.path("layers")) {
                layers.add(new Layer(
                        Digest.parse(layer.path("digest").asText()),
                        layer.path("mediaType").asText(),
                        Digest.parse(layer.path("diffId").asText())));
            }
            Repository repository =
                    new Repository(root.path("registry").asText(), root.path("repository").asText());
            return new PulledImage(repository, Digest.parse(manifest), layers);
        } catch (InvalidDigestException | InvalidReferenceException e) {
            throw new IOException("image " + manifest + " is not stored as it should be: " + e.getMessage(), e);
        }
    }

    /** Gives up the kept images that have none of these chains. */
    synchronized void retain(Set<Digest> needed) throws StoreException {
        for (PulledImage image : List.copyOf(kept.values())) {
            if (image.chains().stream().noneMatch(needed::contains)) {
                table.remove(image.manifest().toString());
                kept.remove(image.manifest());
            }
        }
    }
}
