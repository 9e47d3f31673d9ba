package io.lighterage.blockdev.snapshotter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options that overlayfs needs on this host, see the kernel's Documentation/filesystems/overlayfs.rst. */
final class OverlayOptions {
    private static final Path INDEX = Path.of("/sys/module/overlay/parameters/index");
    private static final Path USERS = Path.of("/proc/self/uid_map");
    private static final String ALL_USERS = "0 0 4294967295";

    private OverlayOptions() {}

    static List<String> ofThisHost() throws IOException {
        List<String> options = new ArrayList<>();
        if (!Files.readString(USERS).strip().replaceAll("\\s+", " ").equals(ALL_USERS)) {
            // Within a user namespace overlayfs may not use trusted.* attributes.
            options.add("userxattr");
        }
        if (Files.exists(INDEX)) {
            // An index would refuse a lower directory that is shared by several upper ones.
            options.add("index=off");
        }
        return options;
    }
}
