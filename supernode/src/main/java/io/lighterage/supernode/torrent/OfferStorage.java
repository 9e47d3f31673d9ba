package io.lighterage.supernode.torrent;

import bt.data.Storage;
import bt.data.StorageUnit;
import bt.metainfo.Torrent;
import bt.metainfo.TorrentFile;
import bt.net.buffer.ByteBufferView;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of an offer as {@code bt} reads them: straight out of the store, nothing is copied, nothing can be
 * written.
 */
final class OfferStorage implements Storage {
    private final BlobStore store;
    private final Map<List<String>, Part> parts = new HashMap<>();

    OfferStorage(BlobStore store, Offer offer) {
        this.store = store;
        for (int i = 0; i < offer.parts().size(); i++) {
            parts.put(offer.metainfo().files().get(i).path(), offer.parts().get(i));
        }
    }

    @Override
    public StorageUnit getUnit(Torrent torrent, TorrentFile file) {
        Part part = parts.get(file.getPathElements());
        if (part == null || part.length() != file.getSize()) {
            throw new IllegalArgumentException(
                    "torrent " + torrent.getTorrentId() + " has no file " + file.getPathElements());
        }
        try {
            return new Unit(PieceHasher.open(store, part), part.length());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file.getPathElements(), e);
        }
    }

    @Override
    public void flush() {
        // Nothing is ever written.
    }

    private record Unit(Part.Source source, long length) implements StorageUnit {
        @Override
        public int readBlock(ByteBuffer buffer, long offset) {
            int count = (int) Math.min(buffer.remaining(), length - offset);
            if (count <= 0) {
                return -1;
            }
            try {
                int limit = buffer.limit();
                buffer.limit(buffer.position() + count);
                source.read(offset, buffer);
                buffer.limit(limit);
                return count;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read a blob that is seeded", e);
            }
        }

        @Override
        public int writeBlock(ByteBuffer buffer, long offset) {
            throw new UnsupportedOperationException("what is seeded is not written");
        }

        @Override
        public int writeBlock(ByteBufferView buffer, long offset) {
            throw new UnsupportedOperationException("what is seeded is not written");
        }

        @Override
        public boolean createEmpty() {
            return true;
        }

        @Override
        public long capacity() {
            return length;
        }

        @Override
        public long size() {
            return length;
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
