package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.linux.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Tells whether some EROFS is in use that the mount table does not show: unmounted lazily while busy, the lower layer
 * of an overlay, or mounted in another namespace only. The kernel lists each one that lives in /sys/fs/erofs, under a
 * number of its own, so whose it is cannot be told.
 */
final class HiddenMounts {
    private static final Path LIVING = Path.of("/sys/fs/erofs");
    private static final String NO_MOUNT = "features";

    private HiddenMounts() {}

    /** Whether more EROFS live than are shown. */
    static boolean exist() throws IOException {
        if (Files.notExists(LIVING)) {
            return false;
        }
        long shown = MountTable.read().stream()
                .filter(entry -> entry.type().equals("erofs"))
                .map(MountTable.Entry::device)
                .distinct()
                .count();
        try (Stream<Path> living = Files.list(LIVING)) {
            return living.filter(path -> !path.endsWith(NO_MOUNT)).count() > shown;
        }
    }
}
