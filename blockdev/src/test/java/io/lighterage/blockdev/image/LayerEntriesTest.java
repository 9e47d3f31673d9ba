package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The binary form of an entry list. */
class LayerEntriesTest {
    private static final byte[] ARCHIVE = TarItem.archive(
            TarItem.directory("d").pax("SCHILY.xattr.user.a", "\0\u00ff").pax("mtime", "-5.5"),
            TarItem.file("d/f", "content").owner(4_000_000_000L, 7).gnu(),
            TarItem.of('0', "d/big").content(new byte[9000]),
            TarItem.hardLink("h", "d/f"),
            TarItem.symlink("s", "\u00ff"),
            TarItem.of('3', "c").device(1, 3),
            TarItem.of('4', "b").device(8, 1),
            TarItem.of('6', "p"),
            TarItem.file("d/.wh.x", ""),
            TarItem.file(".wh..wh..opq", ""));

    private static LayerEntries entries() throws Exception {
        return LayerStack.flatten(ARCHIVE, LayerStack.PLAIN, ARCHIVE, OutputStream.nullOutputStream());
    }

    @Test
    void aListIsReadAsItWasWritten() throws Exception {
        LayerEntries entries = entries();
        LayerEntries read = LayerEntries.parse(entries.bytes());
        assertThat(read.bytes()).isEqualTo(entries.bytes());
        assertThat(read.diffId()).isEqualTo(entries.diffId());
        assertThat(read.dataLength()).isEqualTo(3 * 4096);
        assertThat(read.count()).isEqualTo(10);
        assertThat(read.entries()).hasSize(10).usingRecursiveFieldByFieldElementComparator()
                .containsExactlyElementsOf(entries.entries());
    }

    @Test
    void aListCutOffAnywhereIsRefused() throws Exception {
        byte[] bytes = entries().bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> LayerEntries.parse(cut))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("entry list");
        }
        assertThatThrownBy(() -> LayerEntries.parse(Arrays.copyOf(bytes, bytes.length + 1)))
                .hasMessageContaining("malformed");
    }

    @Test
    void wrongBytesNeverEndInAnythingButAClearError() throws Exception {
        byte[] bytes = entries().bytes();
        Random random = new Random(1);
        for (int i = 0; i < 5000; i++) {
            byte[] wrong = bytes.clone();
            wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
            try {
                assertThat(LayerEntries.parse(wrong).bytes()).isEqualTo(wrong);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("entry list");
            }
        }
    }

    @Test
    void aListOfAnotherVersionIsRefused() throws Exception {
        byte[] bytes = entries().bytes();
        bytes[9] = 2;
        assertThatThrownBy(() -> LayerEntries.parse(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 2, not 1");
    }
}
