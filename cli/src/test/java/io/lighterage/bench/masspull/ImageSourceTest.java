package io.lighterage.bench.masspull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.bench.sim.ImpossibleSettingException;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSourceTest {
    @TempDir
    private Path directory;

    @Test
    void aMadeUpImageHasTheSizeAndLayersThatWereAskedForAndIsTheSameEachTime() throws Exception {
        PulledImage image = new GeneratedImage(1_000_001, 3, 0, 7).bring(Files.createDirectory(directory.resolve("a")));
        PulledImage again = new GeneratedImage(1_000_001, 3, 0, 7).bring(Files.createDirectory(directory.resolve("b")));
        PulledImage other = new GeneratedImage(1_000_001, 3, 0, 8).bring(Files.createDirectory(directory.resolve("c")));

        assertThat(image.layers()).hasSize(3).extracting(PulledImage.Content::digest).doesNotHaveDuplicates();
        assertThat(image.layerBytes()).isEqualTo(1_000_001);
        assertThat(again.manifest()).isEqualTo(image.manifest());
        assertThat(other.manifest()).isNotEqualTo(image.manifest());
    }

    @Test
    void compressibilityIsThePartThatCompressesAway() throws Exception {
        PulledImage image = new GeneratedImage(1 << 20, 1, 0.75, 1).bring(directory);
        byte[] bytes = Files.readAllBytes(image.layers().getFirst().file());
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();

        int packed = deflater.deflate(new byte[2 << 20]);
        deflater.end();

        assertThat(packed / (double) bytes.length).isBetween(0.24, 0.28);
    }

    @Test
    void anOciLayoutIsReadByItsTagAndAWrongOneIsNamed() throws Exception {
        PulledImage made = new GeneratedImage(5000, 2, 0, 1).bring(Files.createDirectory(directory.resolve("made")));
        Path layout = directory.resolve("layout");
        Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        for (PulledImage.Content blob : made.blobs()) {
            Files.copy(blob.file(), blobs.resolve(blob.digest().hex()));
        }
        Digest manifest = Digest.of(made.manifest());
        Files.write(blobs.resolve(manifest.hex()), made.manifest());
        Files.writeString(layout.resolve("index.json"), "{\"manifests\":[{\"mediaType\":\"" + PulledImage.MANIFEST_TYPE
                + "\",\"digest\":\""
                + manifest + "\",\"annotations\":{\"org.opencontainers.image.ref.name\":\"one\"}}]}");

        assertThat(FileImage.layout(layout, "one").bring(directory).manifest()).isEqualTo(made.manifest());
        assertThat(FileImage.layout(layout, "").bring(directory).blobs()).hasSize(3);
        assertThatThrownBy(() -> FileImage.layout(layout, "two").bring(directory)).isInstanceOf(IOException.class)
                .hasMessageContaining("two");
        assertThatThrownBy(() -> FileImage.layout(directory.resolve("none"), "").bring(directory))
                .hasMessageContaining("no OCI image layout");
        assertThatThrownBy(() -> FileImage.file(directory.resolve("none")).bring(directory))
                .hasMessageContaining("none is not a file");
    }

    @Test
    void impossibleImagesAreRefused() {
        assertThatThrownBy(() -> new GeneratedImage(0, 1, 0, 1)).isInstanceOf(ImpossibleSettingException.class)
                .hasMessageContaining("size");
        assertThatThrownBy(() -> new GeneratedImage(3, 4, 0, 1)).hasMessageContaining("layers");
        assertThatThrownBy(() -> new GeneratedImage(3, 1, 1.5, 1)).hasMessageContaining("compressibility");
    }
}
