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
import io.lighterage.peer.exchange.Exchange;
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
    private final KeyValueTable tags;

    ImageResolver(BlobStore store, Exchange exchange, RegistryClient client) {
        this.store = store;
        this.exchange = exchange;
        this.client = client;
        this.tags = store.table("converted-tags");
    }

    /**
     * The image of {@code reference} for {@code platform}.
     *
     * @throws ConversionException if upstream refuses, or it is not an image of layers
     * @throws IOException if upstream or the disk fails
     */
    ResolvedImage resolve(ImageReference reference, Platform platform) throws IOException, InterruptedException {
        String name = reference.toString();
        Repository repository = reference.repository();
        byte[] document = reference.digest().isPresent()
                ? byDigest(repository, reference.digest().get())
                : byTag(repository, reference.manifest());
        ImageDocuments.Manifest manifest = ImageDocuments.manifest(name, document);
        for (int depth = 0; manifest.isIndex(); depth++) {
            if (depth == MOST_INDEXES) {
                throw new ConversionException(ConversionException.UNFIT, name + " has indexes in indexes in indexes");
            }
            Digest chosen = ImageDocuments.choose(name, manifest, platform)
                    .named("the manifest for " + platform + " of " + name);
            document = byDigest(repository, chosen);
            manifest = ImageDocuments.manifest(name, document);
        }
        BlobSource source = BlobSource.of(repository);
        byte[] config = config(name, manifest.config().named("the config of " + name), source);
        return new ResolvedImage(source, Digest.of(document), ImageDocuments.layers(name, manifest, config));
    }

    private byte[] byTag(Repository repository, String tag) throws IOException, InterruptedException {
        String key = repository + ":" + tag;
        try {
            byte[] document = ask(repository, tag);
            tags.put(key, store.put(document).info().digest().bytes());
            return document;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            Optional<byte[]> last = tags.get(key);
            if (last.isEmpty() || e instanceof ConversionException refused && refused.status() < 500) {
                throw e;
            }
            LOG.warn("{} is taken as it was last: {}", key, e.getMessage());
            return byDigest(repository, Digest.ofBytes(last.get()));
        }
    }

    private byte[] byDigest(Repository repository, Digest digest) throws IOException, InterruptedException {
        Optional<StoredBlob> held = store.find(digest).filter(blob -> blob.isComplete() && blob.isVerified());
        if (held.isPresent()) {
            held.get().touch();
            return read(held.get());
        }
        byte[] document = ask(repository, digest.toString());
        if (!Digest.of(document).equals(digest)) {
            throw new ConversionException(
                    ConversionException.UPSTREAM, repository + " has other bytes as manifest " + digest);
        }
        store.put(document);
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

    private byte[] ask(Repository repository, String reference) throws IOException, InterruptedException {
        String what = "the manifest " + reference + " of " + repository;
        RegistryRequest request = RegistryRequest.of(RegistryRequest.Method.GET, repository, "manifests/" + reference)
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
