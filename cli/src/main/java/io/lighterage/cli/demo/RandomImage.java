package io.lighterage.cli.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Images of random bytes, which nothing has or has packed before. */
final class RandomImage {
    private RandomImage() {}

    /**
     * Makes one.
     *
     * @param directory for its files
     * @param layerBytes bytes of each layer's one file
     */
    static DemoImage make(Path directory, SplittableRandom random, int... layerBytes)
            throws IOException, InterruptedException {
        DemoLayer[] layers = new DemoLayer[layerBytes.length];
        for (int i = 0; i < layers.length; i++) {
            Path content = directory.resolve("content-" + i);
            byte[] bytes = new byte[layerBytes[i]];
            random.nextBytes(bytes);
            try (OutputStream out = Files.newOutputStream(content)) {
                out.write(bytes);
            }
            List<LayerSource> sources = List.of(new LayerSource(content, "content", bytes.length));
            layers[i] = LayerWriter.write(directory.resolve("layer-" + i), sources, false);
        }
        return ImageBuilder.image(List.of(layers));
    }
}
