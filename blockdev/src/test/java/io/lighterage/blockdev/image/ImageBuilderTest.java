package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageBuilderTest {
    @TempDir
    private Path directory;

    @Test
    void aFailureLeavesTheFileThatWasThereAndNothingElse() throws Exception {
        Path layout = Files.createDirectory(directory.resolve("layout"));
        LayerStack.of(
                        TarItem.archive(TarItem.of('0', "f").content(new byte[100_000])),
                        TarItem.archive(TarItem.hardLink("a", "none")))
                .writeTo(layout, Optional.of("tag"));
        Path out = Files.createDirectory(directory.resolve("out"));
        Path file = Files.writeString(out.resolve("device"), "old");
        OciLayout images = new OciLayout(layout);
        OciLayout.Image image = images.image(Optional.of("tag"), "amd64");
        assertThatThrownBy(() -> new ImageBuilder(LayerLimits.DEFAULT).build(images, image, file))
                .isInstanceOf(LayerException.class)
                .hasMessageContaining("entry \"a\"");
        assertThat(out).isDirectoryContaining(path -> path.equals(file));
        try (var left = Files.list(out)) {
            assertThat(left).containsExactly(file);
        }
        assertThat(file).hasContent("old");
        assertThatThrownBy(() -> images.image(Optional.of("other"), "amd64"))
                .isInstanceOf(LayoutException.class)
                .hasMessageContaining("no image other")
                .hasMessageContaining("tag");
    }
}
