package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.BlobWriter;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which sha256 names the content of a sha512 digest. Everything here moves and is kept under sha256; upstream tells it
 * in {@code Docker-Content-Digest}, or the content is read once to learn it.
 *
 * <p>Remembered by repository, so that no registry can say anything of another's content. What upstream only told is
 * checked as soon as the whole blob is here.
 */
final class LongDigests {
    private static final Logger LOG = LoggerFactory.getLogger(LongDigests.class);
    private static final String CHECKED = " checked";
    private static final int PIECE = 64 << 10;

    private final MirrorConfig config;
    private final BlobStore store;
    private final Registry registry;
    private final Gatekeeper gate;
    private final KeyValueTable table;
    private final SingleFlight<Digest> flights = new SingleFlight<>();

    LongDigests(MirrorConfig config, BlobStore store, Registry registry, Gatekeeper gate) {
        this.config = config;
        this.store = store;
        this.registry = registry;
        this.gate = gate;
        this.table = store.table("long-digests");
    }

    /** The sha256, if the content has been here. */
    Optional<Digest> known(Repository repository, Sha512 digest) throws RefusedException {
        try {
            Optional<String> told = told(repository, digest);
            if (told.isEmpty()) {
                return Optional.empty();
            }
            Digest sha256 = Digest.parse(told.get().replace(CHECKED, ""));
            if (!told.get().endsWith(CHECKED)) {
                check(repository, digest, sha256);
            }
            return Optional.of(sha256);
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, "digest " + digest);
        }
    }

    /** Notes content whose digests were both computed here. */
    void learn(Repository repository, Sha512 digest, Digest sha256) {
        put(repository, digest, sha256 + CHECKED);
    }

    /**
     * The sha256 of a blob; upstream is asked where it is not known.
     *
     * @throws RefusedException if upstream refuses, or what it has is not what the digest names
     */
    Digest blob(Repository repository, Sha512 digest, Asker asker) throws RefusedException, InterruptedException {
        Optional<Digest> known = known(repository, digest);
        if (known.isPresent()) {
            gate.requireRepository(new BlobSource(repository, asker.authorization()), "/blobs/" + digest);
            return known.get();
        }
        String what = "blob " + repository + "@" + digest;
        try {
            return flights.run(
                    repository + "@" + digest + " " + asker.credentialHash(),
                    config.firstByteDeadline(),
                    () -> ask(repository, digest, asker, what));
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    private Digest ask(Repository repository, Sha512 digest, Asker asker, String what)
            throws IOException, RefusedException, InterruptedException {
        try (Registry.Response response = registry.ask(request(Registry.Method.HEAD, repository, digest, asker))) {
            if (response.status() != 200) {
                throw UpstreamAnswers.refusal(response, what);
            }
            String named = response.header("docker-content-digest").orElse("");
            if (named.matches("sha256:[0-9a-f]{64}")) {
                put(repository, digest, named);
                return Digest.parse(named);
            }
        }
        return read(repository, digest, asker, what);
    }

    /** Reads the blob from upstream into the store, hashing it by both algorithms. */
    private Digest read(Repository repository, Sha512 digest, Asker asker, String what)
            throws IOException, RefusedException, InterruptedException {
        MessageDigest hash = Sha512.hash();
        try (Registry.Response response = registry.ask(request(Registry.Method.GET, repository, digest, asker));
                BlobWriter writer = store.newBlob(BlobInfo.DEFAULT_CHUNK)) {
            if (response.status() != 200) {
                throw UpstreamAnswers.refusal(response, what);
            }
            InputStream body = response.body();
            byte[] piece = new byte[PIECE];
            for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
                hash.update(piece, 0, count);
                writer.append(ByteBuffer.wrap(piece, 0, count));
            }
            Sha512 actual = Sha512.finish(hash, new byte[0]);
            if (!actual.equals(digest)) {
                throw wrong(what, "upstream sent bytes of " + actual);
            }
            Digest sha256 = writer.finish().info().digest();
            learn(repository, digest, sha256);
            gate.gaveWhole(repository, asker, sha256);
            return sha256;
        }
    }

    private Registry.Request request(Registry.Method method, Repository repository, Sha512 digest, Asker asker) {
        return new Registry.Request(
                method, repository, "/blobs/" + digest, "", asker.headers(), config.firstByteDeadline());
    }

    /** Compares what upstream told with the blob, if that is whole. */
    private void check(Repository repository, Sha512 digest, Digest sha256)
            throws IOException, RefusedException {
        Optional<StoredBlob> blob = store.find(sha256);
        if (blob.isEmpty() || !blob.get().isComplete()) {
            return;
        }
        MessageDigest hash = Sha512.hash();
        long length = blob.get().info().length();
        byte[] piece = new byte[PIECE];
        try (BlobReader reader = blob.get().open()) {
            for (long offset = 0; offset < length; offset += piece.length) {
                int count = (int) Math.min(piece.length, length - offset);
                reader.read(offset, ByteBuffer.wrap(piece, 0, count));
                hash.update(piece, 0, count);
            }
        }
        Sha512 actual = Sha512.finish(hash, new byte[0]);
        if (!actual.equals(digest)) {
            table.remove(key(repository, digest));
            throw wrong("blob " + repository + "@" + digest, "upstream told " + sha256 + ", whose bytes are of " + actual);
        }
        learn(repository, digest, sha256);
    }

    private static RefusedException wrong(String what, String why) {
        LOG.warn("{}: {}", what, why);
        return RefusedException.of(502, OciError.DIGEST_INVALID, what + ": " + why, what);
    }

    private Optional<String> told(Repository repository, Sha512 digest) throws StoreException {
        return table.get(key(repository, digest)).map(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }

    private void put(Repository repository, Sha512 digest, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        try {
            byte[] before = table.get(key(repository, digest)).orElse(new byte[0]);
            if (!Arrays.equals(before, bytes)) {
                table.put(key(repository, digest), bytes);
            }
        } catch (StoreException e) {
            LOG.warn("the sha256 of {}@{} cannot be remembered: {}", repository, digest, e.getMessage(), e);
        }
    }

    private static String key(Repository repository, Sha512 digest) {
        return repository + "@" + digest;
    }
}
