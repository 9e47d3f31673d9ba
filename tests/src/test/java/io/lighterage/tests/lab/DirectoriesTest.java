package io.lighterage.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.bench.lab.Directories;
import io.lighterage.bench.lab.HugePages;
import io.lighterage.blockdev.linux.MountTable;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DirectoriesTest {
    private static final String PREFIX = "measurement-";
    private static final long ROOM_BYTES = 16 << 20;

    private Workspace workspace;
    private Path parent;

    @BeforeEach
    void makeAWorkspace() throws Exception {
        Requires.root();
        workspace = Workspace.create();
        parent = workspace.directory("data").toRealPath();
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    /** A directory with a file in memory. */
    private static Path filled(Path directory) throws Exception {
        HugePages.mount(directory, ROOM_BYTES);
        Files.write(directory.resolve("layer"), new byte[5 << 20]);
        return directory;
    }

    @Test
    void nothingIsLeftOfOneThatIsRemoved() throws Exception {
        Path directory = filled(Directories.create(parent, PREFIX));
        assertThat(MountTable.at(directory)).map(MountTable.Entry::type).hasValue("tmpfs");

        Directories.remove(directory);

        assertThat(parent).isEmptyDirectory();
        assertThat(MountTable.at(directory)).isEmpty();
    }

    @Test
    void whatAKilledProcessLeftIsRemovedAndWhatALivingOneHasStays() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Path left = filled(Files.createDirectory(parent.resolve(PREFIX + ended.pid() + "-1")));
        Path mine = Directories.create(parent, PREFIX);

        Directories.removeStale(parent, PREFIX);

        assertThat(parent).isDirectoryContaining(mine::equals).isDirectoryNotContaining(left::equals);
        assertThat(MountTable.at(left)).isEmpty();
    }
}
