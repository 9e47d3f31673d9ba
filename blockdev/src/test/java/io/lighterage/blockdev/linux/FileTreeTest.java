package io.lighterage.blockdev.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
    @TempDir
    private Path directory;

    @Test
    void allThatIsInADirectoryIsDeletedAndLinksAreNotFollowed() throws Exception {
        Path kept = Files.createFile(Files.createDirectory(directory.resolve("kept")).resolve("file"));
        Path tree = directory.resolve("tree");
        Files.createFile(Files.createDirectories(tree.resolve("a/b")).resolve("file"));
        Files.createSymbolicLink(tree.resolve("a/link"), kept.getParent());
        Files.createSymbolicLink(tree.resolve("dangling"), directory.resolve("nothing"));

        FileTree.delete(tree);

        assertThat(tree).doesNotExist();
        assertThat(kept).exists();
    }

    @Test
    void aLinkToADirectoryIsDeletedAndTheDirectoryIsNot() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), kept);

        FileTree.delete(link);

        assertThat(directory).isDirectoryContaining(path -> path.equals(kept));
        assertThat(Files.isSymbolicLink(link)).isFalse();
    }

    @Test
    void whatIsNotThereIsNoError() throws Exception {
        FileTree.delete(directory.resolve("nothing"));
    }

    @Test
    void whatCannotBeDeletedIsNamed() {
        Path file = Path.of("/proc/self/status");

        assertThatThrownBy(() -> FileTree.delete(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot delete " + file);
    }
}
