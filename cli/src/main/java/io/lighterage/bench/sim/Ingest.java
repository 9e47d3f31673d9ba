package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Flow;
import io.lighterage.bench.flow.Link;

/**
 * The supernode's one reading of each blob: a few streams that take chunks in order, held together to what one core
 * hashes for a blob.
 */
final class Ingest {
    private static final int STREAMS = 4;

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
            for (int i = 0; i < STREAMS; i++) {
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

            @Override
            protected void due() {
                if (supernode.alive && next < chunks) {
                    index = next++;
                    supernode.cluster.start(this, path, lengthOf(index));
                }
            }

            private long lengthOf(int index) {
                Image image = supernode.cluster.setting().image();
                return Math.min(image.chunkBytes(), image.layerBytes() - (long) index * image.chunkBytes());
            }

            @Override
            protected void finished() {
                supernode.cluster.counters().upstreamSent += lengthOf(index);
                if (supernode.alive) {
                    supernode.ingested(number, index);
                    due();
                }
            }
        }
    }
}
