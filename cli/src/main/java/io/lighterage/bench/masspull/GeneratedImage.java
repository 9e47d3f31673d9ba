package io.lighterage.bench.masspull;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An image of made-up bytes, the same for the same arguments.
 *
 * @param bytes of all layers together, 1 to 64 GiB
 * @param layers blobs of equal size, give or take one byte; 1 to 1000, and not more than bytes
 * @param compressibility part of each block of 4 KiB that is zero, 0 to 1
 * @param seed another seed gives other bytes
 */
public record GeneratedImage(long bytes, int layers, double compressibility, long seed) implements ImageSource {
    private static final int BLOCK = 4096;
    private static final long MOST = 64L << 30;
    private static final long LAYER_SEEDS = 1_000_003;

    public GeneratedImage {
        require(bytes >= 1 && bytes <= MOST, "size: " + bytes + " bytes is not from 1 byte to 64 GiB");
        require(layers >= 1 && layers <= 1000 && layers <= bytes, "layers: " + layers
                + " is not from 1 to 1000, or more than there are bytes");
        require(compressibility >= 0 && compressibility <= 1, "compressibility: " + compressibility
                + " is not from 0 to 1");
    }

    @Override
    public PulledImage bring(Path directory) throws IOException {
        List<PulledImage.Content> contents = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            long length = bytes / layers + (i < bytes % layers ? 1 : 0);
            contents.add(write(directory.resolve("layer-" + i), length, new SplittableRandom(seed * LAYER_SEEDS + i)));
        }
        return PulledImage.of(PulledImage.plainConfig(directory), contents);
    }

    private PulledImage.Content write(Path file, long length, SplittableRandom random) throws IOException {
        byte[] block = new byte[BLOCK];
        byte[] noise = new byte[(int) Math.round(BLOCK * (1 - compressibility))];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 18)) {
            for (long left = length; left > 0; left -= BLOCK) {
                random.nextBytes(noise);
                System.arraycopy(noise, 0, block, 0, noise.length);
                int count = (int) Math.min(BLOCK, left);
                out.write(block, 0, count);
            }
        }
        return PulledImage.Content.of(file);
    }
}
