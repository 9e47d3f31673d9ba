package io.lighterage.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Builds a real image from files of this machine, by the OCI image specification 1.1: layers, config, manifest. */
final class ImageBuilder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MachineFiles files;
    private final Path directory;

    /**
     * @param files what goes into the image
     * @param directory where the layers are written
     */
    ImageBuilder(MachineFiles files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /** Builds an image of at least {@code leastBytes}, or of all there is if that is less. */
    DemoImage build(long leastBytes) throws IOException, InterruptedException {
        List<Callable<DemoLayer>> work = new ArrayList<>();
        layer(work, "modules", files.modules(), true);
        layer(work, "runtime", files.runtime(), true);
        layer(work, "jars", files.jars(), true);
        List<DemoLayer> layers = new ArrayList<>(write(work));
        long missing = leastBytes - layers.stream().mapToLong(DemoLayer::length).sum();
        if (missing > 0) {
            // Libraries halve when compressed, more or less; plain they make up what is missing exactly.
            work.clear();
            layer(work, "libraries", files.libraries(missing), false);
            layers.addAll(write(work));
        }
        return image(layers);
    }

    /** The image of these layers. */
    static DemoImage image(List<DemoLayer> layers) throws IOException {
        byte[] config = config(layers);
        return new DemoImage(manifest(config, layers), config, List.copyOf(layers));
    }

    private void layer(List<Callable<DemoLayer>> work, String name, List<LayerSource> sources, boolean gzip) {
        if (!sources.isEmpty()) {
            work.add(() -> LayerWriter.write(directory.resolve(name), sources, gzip));
        }
    }

    private static List<DemoLayer> write(List<Callable<DemoLayer>> work) throws IOException, InterruptedException {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<DemoLayer> layers = new ArrayList<>();
            for (Future<DemoLayer> layer : pool.invokeAll(work)) {
                layers.add(layer.get());
            }
            return layers;
        } catch (ExecutionException e) {
            throw new IOException("cannot write a layer", e.getCause());
        }
    }

    private static byte[] config(List<DemoLayer> layers) throws IOException {
        ObjectNode config = JSON.createObjectNode();
        config.put("created", "1970-01-01T00:00:00Z");
        config.put("architecture", System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64");
        config.put("os", "linux");
        config.putObject("config").putArray("Cmd").add("/opt/java/bin/java").add("--version");
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        layers.forEach(layer -> diffIds.add(layer.diffId().toString()));
        return JSON.writeValueAsBytes(config);
    }

    private static byte[] manifest(byte[] config, List<DemoLayer> layers) throws IOException {
        ObjectNode manifest = JSON.createObjectNode();
        manifest.put("schemaVersion", 2);
        manifest.put("mediaType", DemoImage.MANIFEST_TYPE);
        describe(manifest.putObject("config"), DemoImage.CONFIG_TYPE, Digest.of(config), config.length);
        ArrayNode descriptors = manifest.putArray("layers");
        layers.forEach(layer -> describe(descriptors.addObject(), layer.mediaType(), layer.digest(), layer.length()));
        return JSON.writeValueAsBytes(manifest);
    }

    private static void describe(ObjectNode descriptor, String mediaType, Digest digest, long length) {
        descriptor.put("mediaType", mediaType);
        descriptor.put("digest", digest.toString());
        descriptor.put("size", length);
    }
}
