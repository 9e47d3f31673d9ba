package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which manifest a tag named when upstream was last asked.
 *
 * <p>What was answered to nobody in particular is durable, so that a mirror which restarts while upstream is down still
 * knows its tags. What was answered to a credential is for that credential alone, and in memory: tokens live for
 * minutes, and a table of their hashes would only grow. The last answer to any credential is durable as well, for
 * {@link #acceptable}. Registries answer by {@code Accept}, so a few answers are kept
 * for each tag.
 *
 * <p>Value in the table: lines of {@code acceptHash digest mediaType checkedAtMs}, newest first.
 */
final class TagCache {
    private static final Logger LOG = LoggerFactory.getLogger(TagCache.class);
    private static final int MOST_ANSWERS = 6;
    private static final int MOST_PRIVATE_TAGS = 1024;

    private final KeyValueTable table;

    /** By credential hash and tag, least recently used first. Guarded by {@code this}, as is read-and-write of the table. */
    private final Map<String, String> privateTags = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_PRIVATE_TAGS;
        }
    };

    TagCache(KeyValueTable table) {
        this.table = table;
    }

    /**
     * One answer.
     *
     * @param checkedAtMs when the registry last confirmed it, in ms since the epoch
     */
    record Entry(String acceptHash, Digest digest, String mediaType, long checkedAtMs) {
        private String line() {
            return acceptHash + " " + digest + " " + mediaType + " " + checkedAtMs;
        }

        private static Entry parse(String line) {
            String[] words = line.split(" ");
            if (words.length != 4) {
                throw new IllegalArgumentException("four words expected: " + line);
            }
            return new Entry(words[0], Digest.parse(words[1]), words[2], Long.parseLong(words[3]));
        }
    }

    /** What upstream answered to this asker, or to one who asks with the same words. */
    synchronized Optional<Entry> find(Repository repository, String tag, Asker asker) throws StoreException {
        String accept = asker.acceptHash();
        return entries(repository, tag, asker).stream()
                .filter(entry -> entry.acceptHash().equals(accept))
                .findFirst();
    }

    /**
     * The newest answer that this asker can take, although upstream might have answered otherwise, or to another one:
     * for an asker who may read the repository.
     */
    synchronized Optional<Entry> acceptable(Repository repository, String tag, Asker asker) throws StoreException {
        List<Entry> candidates = new ArrayList<>(entries(repository, tag, asker));
        candidates.addAll(durable(anybodys(repository, tag), repository, tag));
        candidates.addAll(durable(key(repository, tag), repository, tag));
        return candidates.stream()
                .sorted(Comparator.comparingLong(Entry::checkedAtMs).reversed())
                .filter(entry -> asker.accepts(entry.mediaType()))
                .findFirst();
    }

    /** Remembers an answer. */
    synchronized void put(Repository repository, String tag, Asker asker, Digest digest, String mediaType, long nowMs)
            throws StoreException {
        List<Entry> entries = new ArrayList<>();
        entries.add(new Entry(asker.acceptHash(), digest, mediaType, nowMs));
        entries(repository, tag, asker).stream()
                .filter(entry -> !entry.acceptHash().equals(asker.acceptHash()))
                .limit(MOST_ANSWERS - 1)
                .forEach(entries::add);
        String value = String.join("\n", entries.stream().map(Entry::line).toList());
        if (asker.authorization().isEmpty()) {
            table.put(key(repository, tag), value.getBytes(StandardCharsets.UTF_8));
        } else {
            privateTags.put(privateKey(repository, tag, asker), value);
            table.put(anybodys(repository, tag), value.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Forgets every answer, whoever it was given to. */
    synchronized void forget(Repository repository, String tag) throws StoreException {
        String key = key(repository, tag);
        table.remove(key);
        table.remove(anybodys(repository, tag));
        privateTags.keySet().removeIf(name -> name.endsWith(" " + key));
    }

    private List<Entry> entries(Repository repository, String tag, Asker asker) throws StoreException {
        return asker.authorization().isEmpty()
                ? durable(key(repository, tag), repository, tag)
                : parsed(privateTags.getOrDefault(privateKey(repository, tag, asker), ""), repository, tag);
    }

    private List<Entry> durable(String key, Repository repository, String tag) throws StoreException {
        return parsed(
                table.get(key).map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse(""), repository, tag);
    }

    private static List<Entry> parsed(String value, Repository repository, String tag) {
        if (value.isEmpty()) {
            return List.of();
        }
        try {
            return value.lines().map(Entry::parse).toList();
        } catch (IllegalArgumentException e) {
            LOG.warn("forgetting what is remembered of tag {}:{}, it cannot be read: {}", repository, tag, e.getMessage());
            return List.of();
        }
    }

    private static String key(Repository repository, String tag) {
        return repository + ":" + tag;
    }

    /** What was answered to a credential, whichever; no repository's name begins so. */
    private static String anybodys(Repository repository, String tag) {
        return "any " + key(repository, tag);
    }

    private static String privateKey(Repository repository, String tag, Asker asker) {
        return asker.credentialHash() + " " + key(repository, tag);
    }
}
