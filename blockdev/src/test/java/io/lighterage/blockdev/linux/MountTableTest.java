package io.lighterage.blockdev.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {
    @Test
    void aLineNamesTheMountWhateverOptionalFieldsItHas() throws IOException {
        MountTable.Entry entry = MountTable.parse(
                "36 35 0:45 / /mnt/a\\040b\\134c rw,noatime shared:1 master:2 - erofs /data/x\\012y ro");

        assertThat(entry).isEqualTo(new MountTable.Entry("0:45", Path.of("/mnt/a b\\c"), "erofs", "/data/x\ny"));
    }

    @Test
    void aNameInUtf8IsRead() throws IOException {
        // As the table's bytes look when each is a character.
        MountTable.Entry entry = MountTable.parse("36 35 0:45 / /mnt/\u00c3\u00a9 rw - tmpfs none rw");

        assertThat(entry.target()).isEqualTo(Path.of("/mnt/\u00e9"));
    }

    @Test
    void aMountOfAWordHasNoFile() throws IOException {
        assertThat(MountTable.parse("36 35 0:45 / /proc rw - proc proc rw").file()).isEmpty();
        assertThat(MountTable.parse("36 35 8:1 / /x rw - ext4 /dev/sda1 rw").file()).isEmpty();
    }

    @Test
    void aLineThatIsNoMountIsRefused() {
        assertThatThrownBy(() -> MountTable.parse("36 35 0:45 / /mnt rw"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("36 35");
    }
}
