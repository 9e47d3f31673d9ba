package io.lighterage.supernode.torrent;

import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Hashes the pieces of a torrent. One torrent at a time, so that this takes one core of those that pulls need,
 * however many are asked for.
 */
final class PieceHasher {
    /** Least bytes in a piece. */
    static final long SMALLEST_PIECE = 256 << 10;

    private static final long LARGEST_PIECE = 16 << 20;
    private static final int USUAL_PIECES = 2048;
    private static final int STEP = 256 << 10;

    private final BlobStore store;
    private final Semaphore turn = new Semaphore(1, true);

    PieceHasher(BlobStore store) {
        this.store = store;
    }

    /**
     * Bytes in a piece of a torrent of {@code length} bytes: enough that its hashes stay few, so that a magnet link
     * is quick.
     */
    static long pieceLength(long length) {
        long piece = SMALLEST_PIECE;
        while (piece < LARGEST_PIECE && length > piece * USUAL_PIECES) {
            piece *= 2;
        }
        return piece;
    }

    /** The SHA-1 of each piece of the parts, one behind the other. */
    byte[] hash(List<Part> parts, long pieceLength) throws IOException, InterruptedException {
        turn.acquire();
        try {
            long length = parts.stream().mapToLong(Part::length).sum();
            ByteBuffer hashes = ByteBuffer.allocate(
                    Math.toIntExact((length + pieceLength - 1) / pieceLength * InfoHash.BYTES));
            Pieces pieces = new Pieces(pieceLength, hashes);
            for (Part part : parts) {
                try (Part.Source source = open(store, part)) {
                    feed(part, source, pieces);
                }
            }
            pieces.end();
            return hashes.array();
        } finally {
            turn.release();
        }
    }

    private static void feed(Part part, Part.Source source, Pieces pieces) throws IOException, InterruptedException {
        ByteBuffer step = ByteBuffer.allocate(STEP);
        for (long at = 0; at < part.length(); at += step.limit()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException("hashing was cancelled");
            }
            step.clear().limit((int) Math.min(STEP, part.length() - at));
            source.read(at, step);
            pieces.add(step.array(), step.limit());
        }
    }

    /** Opens the bytes of {@code part}, which must be whole and verified. */
    static Part.Source open(BlobStore store, Part part) throws IOException {
        return switch (part) {
            case Part.Inline inline -> Part.of(inline.bytes());
            case Part.Blob blob -> {
                StoredBlob stored = store.find(blob.digest())
                        .filter(each -> each.isComplete() && each.isVerified())
                        .orElseThrow(() -> new LaneException(404, "blob " + blob.digest() + " is not whole here"));
                stored.touch();
                yield Part.of(stored.open());
            }
        };
    }

    /** The piece that is being hashed. Used by one thread. */
    private static final class Pieces {
        private final MessageDigest sha1 = InfoHash.sha1();
        private final long pieceLength;
        private final ByteBuffer hashes;
        private long filled;

        Pieces(long pieceLength, ByteBuffer hashes) {
            this.pieceLength = pieceLength;
            this.hashes = hashes;
        }

        void add(byte[] bytes, int length) {
            for (int at = 0; at < length; ) {
                int part = (int) Math.min(length - at, pieceLength - filled);
                sha1.update(bytes, at, part);
                at += part;
                filled += part;
                if (filled == pieceLength) {
                    end();
                }
            }
        }

        void end() {
            if (filled > 0) {
                hashes.put(sha1.digest());
                filled = 0;
            }
        }
    }
}
