package io.lighterage.peer.grant;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which blobs are known to be in which repositories, durably: because their bytes were read there, because the server
 * that gave the bytes said so, or because a supernode answered so. A blob that is in the store is served in these only.
 * That any server says it has a blob is worth nothing by itself: whoever knows a digest can run one.
 *
 * <p>Keys of the table are {@code REGISTRY/NAME@DIGEST}, {@code DIGEST ORIGIN} for a server that proved to have the
 * bytes, both with empty values, and {@code DIGEST} with the name of the repository that all bytes here come from. Safe
 * for use by several threads; {@link #known} and {@link #sources} are guarded by {@link #known}.
 */
public final class BlobLinks {
    private static final Logger LOG = LoggerFactory.getLogger(BlobLinks.class);
    private static final int MOST_KNOWN = 16_384;
    private static final int MOST_SOURCES = 4096;
    private static final byte[] NOTHING = new byte[0];

    private final KeyValueTable table;
    private final Set<String> known = Collections.newSetFromMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_KNOWN;
        }
    });

    private final Map<Digest, Repository> sources = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Repository> eldest) {
            return size() > MOST_SOURCES;
        }
    };

    /** @param table where they are kept */
    public BlobLinks(KeyValueTable table) {
        this.table = table;
    }

    /** Whether {@code blob} is known to be in {@code repository}. */
    public boolean contains(Repository repository, Digest blob) {
        synchronized (known) {
            if (repository.equals(sources.get(blob))) {
                return true;
            }
        }
        return has(repository + "@" + blob) || source(blob).filter(repository::equals).isPresent();
    }

    /** Nothing of {@code blob} was here, and all that will be comes from {@code repository}, be it right or wrong. */
    public void begin(Repository repository, Digest blob) {
        try {
            String names = repository.registry() + "\n" + repository.name();
            table.put(blob.toString(), names.getBytes(StandardCharsets.UTF_8));
            synchronized (known) {
                sources.put(blob, repository);
            }
        } catch (StoreException e) {
            LOG.warn("that {} comes from {} cannot be kept: {}", blob, repository, e.getMessage());
        }
    }

    /**
     * More of {@code blob} will come from {@code repository}. If what is here came from another one, none can be said
     * any more to have all of it.
     */
    public void goOn(Repository repository, Digest blob) {
        if (source(blob).filter(from -> !from.equals(repository)).isPresent()) {
            forgetSource(blob);
        }
    }

    /** The repository that all bytes here of {@code blob} come from, if they come from one. */
    public Optional<Repository> source(Digest blob) {
        synchronized (known) {
            Repository source = sources.get(blob);
            if (source != null) {
                return Optional.of(source);
            }
        }
        try {
            return table.get(blob.toString()).map(value -> {
                String[] names = new String(value, StandardCharsets.UTF_8).split("\n", 2);
                return new Repository(names[0], names[1]);
            });
        } catch (StoreException e) {
            LOG.warn("cannot look up where {} comes from: {}", blob, e.getMessage());
            return Optional.empty();
        }
    }

    /** Learns that {@code blob} is in {@code repository}. */
    public void add(Repository repository, Digest blob) {
        put(repository + "@" + blob);
    }

    /** Learns that {@code blob} is not in {@code repository}. */
    public void remove(Repository repository, Digest blob) {
        String key = repository + "@" + blob;
        synchronized (known) {
            known.remove(key);
        }
        forget(key);
        if (source(blob).filter(repository::equals).isPresent()) {
            forgetSource(blob);
        }
    }

    private void forgetSource(Digest blob) {
        synchronized (known) {
            sources.remove(blob);
        }
        forget(blob.toString());
    }

    private void forget(String key) {
        try {
            table.remove(key);
        } catch (StoreException e) {
            throw new IllegalStateException("cannot forget " + key, e);
        }
    }

    /**
     * Whether a server has shown that it has the bytes of {@code blob}, so that it may say in which repositories they
     * are.
     *
     * @param origin the server's base URL
     */
    public boolean isProven(Digest blob, String origin) {
        return has(blob + " " + origin);
    }

    /** Learns that the server at {@code origin} has the bytes of {@code blob}. */
    public void prove(Digest blob, String origin) {
        put(blob + " " + origin);
    }

    private boolean has(String key) {
        synchronized (known) {
            if (known.contains(key)) {
                return true;
            }
        }
        try {
            Optional<byte[]> found = table.get(key);
            if (found.isPresent()) {
                remember(key);
            }
            return found.isPresent();
        } catch (StoreException e) {
            LOG.warn("cannot look up {}, taken as unknown: {}", key, e.getMessage());
            return false;
        }
    }

    private void put(String key) {
        if (has(key)) {
            return;
        }
        try {
            table.put(key, NOTHING);
        } catch (StoreException e) {
            LOG.warn("{} is known only until the process ends: {}", key, e.getMessage());
        }
        remember(key);
    }

    private void remember(String key) {
        synchronized (known) {
            known.add(key);
        }
    }
}
