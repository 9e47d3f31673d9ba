package io.lighterage.bench.sim;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.swarm.Download;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** A blob being fetched by a host: the counterpart of {@code peer.exchange.Transfer}. */
final class Transfer {
    final Host host;
    final int blob;
    final Download download;

    /** Chunks that came and were not announced yet. */
    ChunkSet news;

    final Set<Host> proposed = new HashSet<>();
    int choices;
    long noChoiceUntilNs = Long.MIN_VALUE;
    boolean introduced;
    int verifying;
    long lastArrivalNs;
    long openedNs;
    boolean direct;
    boolean starved;
    boolean ended;

    private final Image image;

    Transfer(Host host, int blob, Image image, long nowNs) {
        this.host = host;
        this.blob = blob;
        this.image = image;
        this.lastArrivalNs = nowNs;
        this.openedNs = nowNs;
        int chunks = image.chunksOfLayer();
        this.download = new Download(digest(blob), image.chunkBytes(), new ChunkSet(chunks), new ChunkSet(chunks), nowNs);
    }

    private static Digest digest(int blob) {
        return Digest.of(("layer " + blob).getBytes(StandardCharsets.UTF_8));
    }

    long lengthOf(int index) {
        long offset = (long) index * image.chunkBytes();
        return Math.min(image.chunkBytes(), image.layerBytes() - offset);
    }
}
