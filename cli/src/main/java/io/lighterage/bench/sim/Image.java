package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import io.lighterage.peer.content.BlobInfo;

/**
 * What is pulled.
 *
 * @param bytes of all layers together, 1 to 1 TiB
 * @param layers blobs of equal size, 1 to 64
 * @param chunkBytes a power of two from 64 KiB to 4 MiB
 * @param preheated whether the supernode has it before the pull begins
 */
public record Image(long bytes, int layers, int chunkBytes, boolean preheated) {
    private static final int MOST_CHUNKS = 65_536;

    public Image {
        require(bytes >= 1 && bytes <= 1L << 40, "mib: " + (bytes >> 20) + " is not from 1 to 1048576");
        require(layers >= 1 && layers <= 64 && layers <= bytes, "layers: " + layers + " is not from 1 to 64");
        require(Integer.bitCount(chunkBytes) == 1 && chunkBytes >= 64 << 10 && chunkBytes <= 4 << 20,
                "chunk-kib: " + (chunkBytes >> 10) + " is not a power of two from 64 to 4096");
        require(chunks(bytes, layers, chunkBytes) <= MOST_CHUNKS,
                "chunk-kib: a layer of " + (bytes / layers >> 20) + " MiB has more than " + MOST_CHUNKS
                        + " chunks of " + (chunkBytes >> 10) + " KiB");
    }

    /** The chunk size that blobs have unless somebody chose another. */
    public static int usualChunkBytes() {
        return BlobInfo.DEFAULT_CHUNK;
    }

    private static long chunks(long bytes, int layers, int chunkBytes) {
        return ((bytes + layers - 1) / layers + chunkBytes - 1) / chunkBytes;
    }

    long layerBytes() {
        return (bytes + layers - 1) / layers;
    }

    int chunksOfLayer() {
        return (int) chunks(bytes, layers, chunkBytes);
    }
}
