package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Flow;
import io.lighterage.bench.flow.Link;

/**
 * The supernode's one reading of each blob, held together to what one core hashes for a blob: by one stream, or where the
 * blob is large by a few, each of which reads one segment after the other. Like {@code supernode.ingest}, with its usual
 * settings.
 */
final class Ingest {
    private static final int STREAMS = 4;
    private static final long PARALLEL_FROM = 64 << 20;
    private static final int SEGMENT_BYTES = 8 << 20;

    private final Supernode supernode;
    private final Blob[] blobs;

    Ingest(Supernode supernode) {
        this.supernode = supernode;
        this.blobs = new Blob[supernode.cluster.setting().image().layers()];
    }

    /** Begins to read a blob, unless it is being read. */
    void begin(int blob) {
        if (blobs[blob] == null) {
            blobs[blob] = new Blob(blob);
            int streams = supernode.cluster.setting().image().layerBytes() >= PARALLEL_FROM ? STREAMS : 1;
            for (int i = 0; i < streams; i++) {
                Blob.Stream stream = blobs[blob].new Stream();
                supernode.cluster.after(stream, 2 * supernode.cluster.costs().upstreamNs());
            }
        }
    }

    private final class Blob {
        final int number;
        final Link[] path;
        final int chunks;
        int next;

        Blob(int number) {
            this.number = number;
            Cluster cluster = supernode.cluster;
            this.chunks = cluster.setting().image().chunksOfLayer();
            Link hashing = new Link("hashing", cluster.costs().hashBytesPerSecond() * (1 + cluster.costs().overhead()));
            this.path = new Link[] {cluster.upstream(), supernode.down, hashing};
        }

        final class Stream extends Flow {
            private int index;

            /** Where its segment ends. */
            private int end;

            @Override
            protected void due() {
                if (!supernode.alive || index >= end && next >= chunks) {
                    return;
                }
                if (index >= end) {
                    index = next;
                    end = Math.min(chunks, next + SEGMENT_BYTES / supernode.cluster.setting().image().chunkBytes());
                    next = end;
                }
                supernode.cluster.start(this, path, lengthOf(index));
            }

            private long lengthOf(int index) {
                Image image = supernode.cluster.setting().image();
                return Math.min(image.chunkBytes(), image.layerBytes() - (long) index * image.chunkBytes());
            }

            @Override
            protected void finished() {
                int read = index++;
                supernode.cluster.counters().upstreamSent += lengthOf(read);
                if (supernode.alive) {
                    supernode.ingested(number, read);
                    due();
                }
            }
        }
    }
}
