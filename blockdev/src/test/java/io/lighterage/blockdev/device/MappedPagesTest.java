package io.lighterage.blockdev.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedPagesTest {
    private static final int FILE = 64 << 20;
    private static final int PIECE = 256 << 10;
    private static final long MOST = 4 << 20;

    @TempDir
    private Path directory;

    @Test
    void aFileThatIsReadAsAWholeIsNotResidentAsAWhole() throws IOException {
        byte[] content = new byte[FILE];
        new Random(1).nextBytes(content);
        Path path = Files.write(directory.resolve("file"), content);
        MappedPages pages = new MappedPages(MOST);
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(path)) {
            MemorySegment file = channel.map(MapMode.READ_ONLY, 0, FILE, arena);
            pages.add(arena, file);
            long most = 0;
            for (int at = 0; at < FILE; at += PIECE) {
                pages.touch(PIECE);
                assertThat(file.asSlice(at, PIECE).mismatch(MemorySegment.ofArray(content).asSlice(at, PIECE)))
                        .isEqualTo(-1);
                most = Math.max(most, residentBytes(path));
            }
            assertThat(most).isPositive().isLessThanOrEqualTo(2 * MOST);
            pages.remove(arena);
            pages.touch(2 * MOST);
            assertThat(file.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo(content[0]);
        }
    }

    /** What of the mapping of a file is in this process's page tables: proc_pid_smaps(5). */
    private static long residentBytes(Path path) throws IOException {
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                ours = line.endsWith(path.toRealPath().toString());
            } else if (ours && line.startsWith("Rss:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException(path + " is not mapped");
    }
}
