package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.proxy.ManifestDocument.BadManifestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where manifests come from: the store, and upstream, whose answers are checked before anything of them is kept. */
final class ManifestSource {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestSource.class);

    private final BlobStore store;
    private final Registry registry;
    private final SizeHints hints;

    ManifestSource(BlobStore store, Registry registry, SizeHints hints) {
        this.store = store;
        this.registry = registry;
        this.hints = hints;
    }

    /** Asks upstream for a manifest by tag or digest. */
    Registry.Response ask(
            Registry.Method method,
            Repository repository,
            String reference,
            Map<String, String> headers,
            Duration deadline)
            throws IOException, InterruptedException {
        return registry.ask(
                new Registry.Request(method, repository, "/manifests/" + reference, "", headers, deadline));
    }

    /**
     * Checks an answer of upstream and keeps the manifest.
     *
     * @param asked the digest that was asked for, or empty for a tag
     * @throws RefusedException if upstream refused, or sent what it should not; then nothing is kept
     */
    ManifestDocument accept(Registry.Response response, String what, String asked) throws IOException, RefusedException {
        if (response.status() != 200) {
            throw UpstreamAnswers.refusal(response, what);
        }
        byte[] content = UpstreamAnswers.body(response, what);
        ManifestDocument document;
        try {
            document = ManifestDocument.read(content, response.header("content-type").orElse(""));
        } catch (BadManifestException e) {
            throw bad(what, "upstream sent no valid manifest: " + e.getMessage());
        }
        String promised = asked.isEmpty() ? response.header("docker-content-digest").orElse("") : asked;
        String actual = promised.startsWith("sha512:") ? Sha512.of(content).text() : document.digest().toString();
        boolean known = promised.startsWith("sha256:") || promised.startsWith("sha512:");
        if (known && !promised.equals(actual)) {
            throw bad(what, "upstream promised " + Quoted.of(promised) + " and sent bytes of " + actual);
        }
        keep(document);
        document.sizes().forEach(hints::learn);
        return document;
    }

    private static RefusedException bad(String what, String why) {
        LOG.warn("{}: {}", what, why);
        return RefusedException.of(502, OciError.MANIFEST_INVALID, what + ": " + why, what);
    }

    /** A manifest that cannot be stored can still be served; one whose digest is not that of its bytes is never stored. */
    private void keep(ManifestDocument document) {
        if (document.isSigned()) {
            return;
        }
        try {
            store.put(document.content());
        } catch (StoreException e) {
            LOG.warn("{} is served but cannot be kept: {}", document, e.getMessage(), e);
        }
    }

    /** The stored blob of this digest, if it is whole and a manifest. */
    Optional<ManifestDocument> held(Digest digest, String mediaType) throws IOException {
        Optional<StoredBlob> blob = store.find(digest);
        if (blob.isEmpty() || blob.get().info().length() > ManifestDocument.LONGEST || !blob.get().isComplete()) {
            return Optional.empty();
        }
        byte[] content = new byte[(int) blob.get().info().length()];
        try (BlobReader reader = blob.get().open()) {
            reader.read(0, ByteBuffer.wrap(content));
        }
        try {
            ManifestDocument document = ManifestDocument.read(content, mediaType);
            if (!document.digest().equals(digest)) {
                LOG.warn("blob {} in the store has bytes of {}, asking upstream", digest, document.digest());
                return Optional.empty();
            }
            blob.get().touch();
            return Optional.of(document);
        } catch (BadManifestException e) {
            LOG.debug("blob {} is held but is no manifest: {}", digest, e.getMessage());
            return Optional.empty();
        }
    }
}
