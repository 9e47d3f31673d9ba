package io.lighterage.supernode.torrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetainfoTest {
    private static final long PIECE = 1 << 18;

    private static Metainfo directory(String... path) {
        return Metainfo.directory("image", List.of(new Metainfo.File(List.of(path), 10)), PIECE, new byte[20]);
    }

    @Test
    void aTorrentIsReadAsItWasWrittenAndKeepsItsName() throws MalformedException {
        Metainfo made = Metainfo.directory(
                "image",
                List.of(new Metainfo.File(List.of("oci-layout"), 30), new Metainfo.File(List.of("blobs", "a"), PIECE)),
                PIECE,
                new byte[40]);
        Metainfo read = Metainfo.parseTorrent(made.torrent("http://10.0.0.1:8100/torrents/announce"));
        assertThat(read.infoHash()).isEqualTo(made.infoHash());
        assertThat(read.files()).isEqualTo(made.files());
        assertThat(read.length()).isEqualTo(PIECE + 30);
        assertThat(read.lengthOf(1)).isEqualTo(30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "../x", "a\\b", "a\nb", "\u0000"})
    void aNameThatLeadsElsewhereIsRefused(String name) {
        assertThatThrownBy(() -> Metainfo.parse(directory("blobs", name).encoded()))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Metainfo.parse(Metainfo.single(name, 10, PIECE, new byte[20]).encoded()))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void piecesThatDoNotFitTheFilesAreRefused() {
        assertThatThrownBy(() -> Metainfo.parse(Metainfo.single("a", PIECE + 1, PIECE, new byte[20]).encoded()))
                .hasMessageContaining("2 pieces cannot have 20 bytes");
        assertThatThrownBy(() -> Metainfo.parse(Metainfo.single("a", 10, 0, new byte[20]).encoded()))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Metainfo.parse(Metainfo.single("a", -1, PIECE, new byte[20]).encoded()))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Metainfo.parse(Metainfo.single("a", 0, PIECE, new byte[0]).encoded()))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void filesOfADirectoryLieBelowItsNameAndASingleOneDoesNot() throws MalformedException {
        Path root = Path.of("downloads");
        Metainfo image = Metainfo.parse(directory("blobs", "a").encoded());
        assertThat(DirectoryStorage.path(root, image, image.files().getFirst()))
                .isEqualTo(root.resolve("image/blobs/a"));
        Metainfo single = Metainfo.parse(Metainfo.single("layer", 10, PIECE, new byte[20]).encoded());
        assertThat(DirectoryStorage.path(root, single, single.files().getFirst())).isEqualTo(root.resolve("layer"));
    }
}
