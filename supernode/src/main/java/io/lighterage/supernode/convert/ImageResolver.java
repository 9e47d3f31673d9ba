package io.lighterage.supernode.convert;

import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which layers an image has. Manifests are kept as blobs, where the mirror finds them too, and are asked for
 * by digest only once. What a tag named last is remembered for when upstream is down.
 */
final class ImageResolver {
    private static final Logger LOG = LoggerFactory.getLogger(ImageResolver.class);
    private static final int LONGEST_MANIFEST = 4 << 20;
    private static final int LONGEST_CONFIG = 8 << 20;
    private static final int MOST_INDEXES = 3;
    private static final Duration CONFIG_DEADLINE = Duration.ofSeconds(60);

    private final BlobStore store;
    private final Exchange exchange;
    private final RegistryClient client;
    private final Doorkeeper door;
    private final BlobLinks links;
    private final KeyValueTable tags;

    ImageResolver(BlobStore store, Exchange exchange, RegistryClient client, Doorkeeper door, BlobLinks links) {
        this.door = door;
        this.links = links;
        this.store = store;
        this.exchange = exchange;
        this.client = client;
        this.tags = store.table("converted-tags");
    }

    /**
     * The image of {@code reference} for {@code platform}.
     *
     * @param authorization of the client that asks, or empty to ask by credentials of our own
     * @throws ConversionException if upstream refuses, or it is not an image of layers
     * @throws IOException if upstream or the disk fails
     */
    ResolvedImage resolve(ImageReference reference, Platform platform, String authorization)
            throws IOException, InterruptedException {
        String name = reference.toString();
        BlobSource source = authorization.isEmpty()
                ? BlobSource.own(reference.repository())
                : new BlobSource(reference.repository(), authorization);
        byte[] document = reference.digest().isPresent()
                ? byDigest(source, reference.digest().get())
                : byTag(source, reference.manifest());
        ImageDocuments.Manifest manifest = ImageDocuments.manifest(name, document);
        for (int depth = 0; manifest.isIndex(); depth++) {
            if (depth == MOST_INDEXES) {
                throw new ConversionException(ConversionException.UNFIT, name + " has indexes in indexes in indexes");
            }
            Digest chosen = ImageDocuments.choose(name, manifest, platform)
                    .named("the manifest for " + platform + " of " + name);
            document = byDigest(source, chosen);
            manifest = ImageDocuments.manifest(name, document);
        }
        byte[] config = config(name, manifest.config().named("the config of " + name), source);
        return new ResolvedImage(source, Digest.of(document), ImageDocuments.layers(name, manifest, config));
    }

    private byte[] byTag(BlobSource source, String tag) throws IOException, InterruptedException {
        String key = source.repository() + ":" + tag;
        try {
            byte[] document = ask(source, tag);
            Digest digest = store.put(document).info().digest();
            links.add(source.repository(), digest);
            tags.put(key, digest.bytes());
            return document;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            Optional<byte[]> last = tags.get(key);
            if (last.isEmpty() || e instanceof ConversionException refused && refused.status() < 500) {
                throw e;
            }
            LOG.warn("{} is taken as it was last: {}", key, e.getMessage());
            return byDigest(source, Digest.ofBytes(last.get()));
        }
    }

    private byte[] byDigest(BlobSource source, Digest digest) throws IOException, InterruptedException {
        Repository repository = source.repository();
        Optional<StoredBlob> held = store.find(digest).filter(blob -> blob.isComplete() && blob.isVerified());
        if (held.isPresent() && links.contains(repository, digest)) {
            held.get().touch();
            return read(held.get());
        }
        byte[] document = ask(source, digest.toString());
        if (!Digest.of(document).equals(digest)) {
            throw new ConversionException(
                    ConversionException.UPSTREAM, repository + " has other bytes as manifest " + digest);
        }
        store.put(document);
        links.add(repository, digest);
        return document;
    }

    private static byte[] read(StoredBlob blob) throws IOException {
        if (blob.info().length() > LONGEST_MANIFEST) {
            throw new ConversionException(
                    ConversionException.UNFIT, blob.info().digest() + " is too long to be a manifest");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) blob.info().length());
        try (BlobReader reader = blob.open()) {
            reader.read(0, bytes);
        }
        return bytes.array();
    }

    private byte[] ask(BlobSource source, String reference) throws IOException, InterruptedException {
        String what = "the manifest " + reference + " of " + source.repository();
        RegistryRequest request = RegistryRequest.of(
                        RegistryRequest.Method.GET, source.repository(), "manifests/" + reference)
                .withAuthorization(source.authorization())
                .forSelf(source.own())
                .withHeader("Accept", ImageDocuments.ACCEPT);
        try (RegistryResponse response = client.request(request)) {
            if (response.status() == 200) {
                return response.bytes(LONGEST_MANIFEST);
            }
            throw refused(what, response.status(), response.refusal().body());
        }
    }

    private static ConversionException refused(String what, int status, byte[] body) {
        String said = new String(body, StandardCharsets.UTF_8).strip();
        String text = said.isEmpty() || said.length() > 300 ? "" : ": " + said.replaceAll("\\p{Cntrl}+", " ");
        boolean theirs = status >= 400 && status < 500;
        return new ConversionException(
                theirs ? status : ConversionException.UPSTREAM,
                "the registry answers " + status + " for " + what + text);
    }

    private byte[] config(String image, Digest digest, BlobSource source) throws IOException, InterruptedException {
        try {
            door.admit(digest, source, store.find(digest).isPresent());
            BlobInfo info = exchange.describe(digest, Optional.of(source), CONFIG_DEADLINE);
            if (info.length() > LONGEST_CONFIG) {
                throw new ConversionException(
                        ConversionException.UNFIT,
                        "the config of " + image + " has more than " + LONGEST_CONFIG + " bytes");
            }
            try (BlobSlice all =
                    exchange.read(digest, info.all(), Optional.of(source), Priority.ON_DEMAND, CONFIG_DEADLINE)) {
                return all.bytes();
            }
        } catch (BlobRefusedException e) {
            throw refused("the config of " + image, e.refusal().status(), e.refusal().body());
        }
    }
}
