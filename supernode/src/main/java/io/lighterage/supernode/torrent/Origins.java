package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In which repositories a blob was asked for. Only hints: whether a repository has it, and may be given out, is asked
 * upstream before it is. Kept in the store, as lines {@code registry name}. Safe for use by several threads.
 */
final class Origins {
    private static final Logger LOG = LoggerFactory.getLogger(Origins.class);
    private static final int MOST = 8;

    private final KeyValueTable table;

    Origins(BlobStore store) {
        this.table = store.table("torrent-origins");
    }

    /** The blob was asked for there. */
    synchronized void note(Digest digest, Repository repository) {
        try {
            List<Repository> known = new ArrayList<>(of(digest));
            if (known.contains(repository)) {
                return;
            }
            known.addFirst(repository);
            StringBuilder lines = new StringBuilder();
            known.stream()
                    .limit(MOST)
                    .forEach(each -> lines.append(each.registry()).append(' ').append(each.name()).append('\n'));
            table.put(digest.toString(), lines.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.warn("it is not remembered that {} is of {}", digest, repository, e);
        }
    }

    /** Where it was asked for, the last place first. */
    List<Repository> of(Digest digest) throws StoreException {
        Optional<byte[]> kept = table.get(digest.toString());
        List<Repository> known = new ArrayList<>();
        for (String line : new String(kept.orElse(new byte[0]), StandardCharsets.UTF_8).lines().toList()) {
            int space = line.indexOf(' ');
            try {
                known.add(new Repository(line.substring(0, Math.max(0, space)), line.substring(space + 1)));
            } catch (InvalidReferenceException e) {
                LOG.warn("the origins of {} cannot be read", digest, e);
            }
        }
        return known;
    }
}
