package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which repositories may be given out: those that upstream lets everybody read, and those that were named. What
 * upstream said is remembered for ten minutes, a refusal for half a one. Safe for use by several threads.
 */
final class Publicity {
    private static final Logger LOG = LoggerFactory.getLogger(Publicity.class);
    private static final long TRUST_NS = Duration.ofMinutes(10).toNanos();
    private static final long DOUBT_NS = Duration.ofSeconds(30).toNanos();
    private static final int MOST_REMEMBERED = 4096;

    private final RegistryClient anonymous;
    private final RegistryClient own;
    private final Set<String> named;

    /** What upstream said last of a blob of a repository; guarded by itself. */
    private final Map<String, Answer> told = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    private record Answer(boolean allowed, long atNs) {}

    /**
     * @param anonymous asks upstream as everybody may
     * @param own asks with this process's credentials; for repositories that are named
     * @param named repositories that are given out though they are private
     */
    Publicity(RegistryClient anonymous, RegistryClient own, Set<String> named) {
        this.anonymous = anonymous;
        this.own = own;
        this.named = named;
    }

    /** Who asks upstream about this repository. */
    RegistryClient client(Repository repository) {
        return named.contains(repository.toString()) ? own : anonymous;
    }

    /**
     * Whether {@code repository} has the blob and may be given out.
     *
     * @throws IOException if upstream cannot be asked
     */
    boolean allows(Repository repository, Digest blob) throws IOException, InterruptedException {
        String key = repository + "@" + blob;
        synchronized (told) {
            Answer last = told.get(key);
            if (last != null && System.nanoTime() - last.atNs() < (last.allowed() ? TRUST_NS : DOUBT_NS)) {
                return last.allowed();
            }
        }
        RegistryRequest request = RegistryRequest.of(RegistryRequest.Method.HEAD, repository, "blobs/" + blob);
        try (RegistryResponse response = client(repository).request(request)) {
            int status = response.status();
            if (status >= 500 || status == 429) {
                throw new IOException("the registry answers " + status + " for " + key);
            }
            synchronized (told) {
                told.remove(key);
                told.put(key, new Answer(status == 200, System.nanoTime()));
            }
            return status == 200;
        }
    }

    /** Whether what was given out before may still be; while upstream cannot be asked, it may. */
    boolean stillAllows(Repository repository, Digest blob) throws InterruptedException {
        try {
            return allows(repository, blob);
        } catch (IOException e) {
            LOG.info("{} stays offered, upstream cannot be asked: {}", repository, e.getMessage());
            return true;
        }
    }
}
