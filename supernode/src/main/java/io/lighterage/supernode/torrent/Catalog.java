package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The torrents that were made. All of it is in the store, so an offer costs no memory and outlives the process: by its
 * content an offer's info-hash is found, and by the info-hash the offer. Safe for use by several threads.
 */
final class Catalog {
    private static final String CONTENT = "torrents-of-content";
    private static final String OFFERS = "torrents";

    private final PieceHasher hasher;
    private final KeyValueTable byContent;
    private final KeyValueTable offers;
    private final ConcurrentHashMap<String, ReentrantLock> making = new ConcurrentHashMap<>();

    Catalog(BlobStore store) {
        this.hasher = new PieceHasher(store);
        this.byContent = store.table(CONTENT);
        this.offers = store.table(OFFERS);
    }

    /** Makes the info dictionary of hashed pieces. */
    @FunctionalInterface
    interface Shape {
        Metainfo of(long pieceLength, byte[] pieces);
    }

    /** The offer of this name. */
    Optional<Offer> find(InfoHash hash) throws IOException {
        Optional<byte[]> kept = offers.get(hash.toString());
        return kept.isPresent() ? Optional.of(Offer.decode(kept.get())) : Optional.empty();
    }

    /** The offer that was made of {@code content} before. */
    Optional<Offer> made(String content) throws IOException {
        Optional<byte[]> hash = byContent.get(content);
        return hash.isPresent() ? find(InfoHash.ofBytes(hash.get())) : Optional.empty();
    }

    /** The torrent of one blob, which is whole; hashed once. */
    Offer ofBlob(Digest digest, long length, Repository repository) throws IOException, InterruptedException {
        List<Part> parts = List.of(new Part.Blob(digest, length));
        return make(digest.toString(), repository, parts, (pieceLength, pieces) ->
                Metainfo.single(digest.hex(), length, pieceLength, pieces));
    }

    /** The torrent of several files, hashed once for the same {@code content}. */
    Offer make(String content, Repository repository, List<Part> parts, Shape shape)
            throws IOException, InterruptedException {
        ReentrantLock lock = making.computeIfAbsent(content, ignored -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            Optional<Offer> known = made(content);
            if (known.isPresent() && known.get().repository().equals(repository)) {
                return known.get();
            }
            Metainfo metainfo = known.isPresent() ? known.get().metainfo() : hashed(parts, shape);
            Offer offer = new Offer(metainfo, repository, parts);
            offers.put(metainfo.infoHash().toString(), offer.encode());
            byContent.put(content, metainfo.infoHash().bytes());
            return offer;
        } finally {
            lock.unlock();
            making.remove(content, lock);
        }
    }

    private Metainfo hashed(List<Part> parts, Shape shape) throws IOException, InterruptedException {
        long pieceLength = PieceHasher.pieceLength(parts.stream().mapToLong(Part::length).sum());
        return shape.of(pieceLength, hasher.hash(parts, pieceLength));
    }
}
