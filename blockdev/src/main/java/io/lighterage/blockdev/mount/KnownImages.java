package io.lighterage.blockdev.mount;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.InvalidDeviceMapException;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.KeyValueTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The maps of the images that this node has opened, which outlive the process: by them a new process opens the devices
 * of mounts that an earlier one left. The lock of this object guards it.
 *
 * <p>Stored as one JSON list, {@code [{"names": [TEXT, ...], "registry": TEXT, "repository": TEXT, "map": }
 * {@link DeviceMapDocument}{@code }, ...]}, the image used last at its end.
 */
final class KnownImages {
    private static final Logger LOG = LoggerFactory.getLogger(KnownImages.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "known";
    private static final int MOST = 64;

    /** An image. {@code names} are references by which it was found, the last time in {@code repository}. */
    record Known(DeviceMap map, List<String> names, Optional<Repository> repository) {
        Known {
            names = List.copyOf(names);
        }

        Digest manifest() {
            return map.image();
        }

        /** By whose right its blobs are read: by grants for the repository, which this node renews. */
        Optional<BlobSource> source() {
            return repository.map(BlobSource::of);
        }

        /** What to call it in messages. */
        String name() {
            return names.isEmpty() ? manifest().toString() : names.getLast();
        }

        /** The same with the digest of the manifest. */
        String fullName() {
            String digest = manifest().toString();
            return names.isEmpty() || name().endsWith(digest) ? name() : name().replaceFirst("@.*", "") + "@" + digest;
        }
    }

    private final KeyValueTable table;
    private final Map<Digest, Known> images = new LinkedHashMap<>();

    private KnownImages(KeyValueTable table) {
        this.table = table;
    }

    /**
     * Reads what an earlier process left.
     *
     * @throws IOException if the table fails; what cannot be understood of it is left out with a warning
     */
    static KnownImages load(KeyValueTable table) throws IOException {
        KnownImages known = new KnownImages(table);
        Optional<byte[]> stored = table.get(KEY);
        if (stored.isPresent()) {
            for (JsonNode node : JSON.readTree(stored.get())) {
                try {
                    List<String> names = new ArrayList<>();
                    node.path("names").forEach(name -> names.add(name.asText()));
                    DeviceMap map = DeviceMapDocument.parse(JSON.writeValueAsBytes(node.path("map")));
                    known.images.put(map.image(), new Known(map, names, repository(node)));
                } catch (InvalidDeviceMapException e) {
                    LOG.warn("an image that was open is forgotten: {}", e.getMessage());
                }
            }
        }
        return known;
    }

    private static Optional<Repository> repository(JsonNode node) {
        return node.path("registry").isTextual()
                ? Optional.of(new Repository(node.path("registry").asText(), node.path("repository").asText()))
                : Optional.empty();
    }

    /** All of them, the one used last at the end. */
    synchronized List<Known> all() {
        return List.copyOf(images.values());
    }

    /** The image of that manifest. */
    synchronized Optional<Known> byManifest(Digest manifest) {
        return Optional.ofNullable(images.get(manifest));
    }

    /** The image that this reference meant when it was last asked for. */
    synchronized Optional<Known> byName(String name) {
        return images.values().stream().filter(known -> known.names.contains(name)).findFirst();
    }

    /**
     * Learns that {@code reference} means the image of {@code map}, and forgets the image that was not used for longest
     * if there are too many.
     *
     * @param keep tells images that must not be forgotten
     */
    synchronized Known learn(ImageReference reference, DeviceMap map, Predicate<Digest> keep) throws IOException {
        String name = reference.toString();
        images.replaceAll((manifest, known) -> known.names.contains(name) ? without(known, name) : known);
        Known before = images.remove(map.image());
        Set<String> names = new LinkedHashSet<>(before == null ? List.of() : before.names);
        names.add(name);
        Known known = new Known(map, List.copyOf(names), Optional.of(reference.repository()));
        if (images.size() >= MOST) {
            images.keySet().stream().filter(keep.negate()).findFirst().ifPresent(images::remove);
        }
        images.put(map.image(), known);
        save();
        return known;
    }

    private static Known without(Known known, String name) {
        return new Known(
                known.map, known.names.stream().filter(other -> !other.equals(name)).toList(), known.repository);
    }

    private void save() throws IOException {
        ArrayNode root = JSON.createArrayNode();
        for (Known known : images.values()) {
            ObjectNode node = root.addObject();
            known.names.forEach(node.putArray("names")::add);
            known.repository.ifPresent(r -> node.put("registry", r.registry()).put("repository", r.name()));
            node.set("map", JSON.readTree(DeviceMapDocument.write(known.map)));
        }
        table.put(KEY, JSON.writeValueAsBytes(root));
    }
}
