package io.lighterage.blockdev.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** What tests need of the machine under them. */
public final class Host {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private Host() {}

    /** Skips the test where it cannot run, or fails it where it must. */
    public static void needsRootAnd(String... files) {
        need(isRoot(), "needs root");
        for (String file : files) {
            need(Files.exists(Path.of(file)), "needs " + file);
        }
    }

    /** Whether this process is root's. */
    public static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Whether a test that lacks what it needs has to fail: so {@code LIGHTERAGE_REQUIRE_ENGINES=1} wants it. */
    public static boolean isStrict() {
        return "1".equals(System.getenv("LIGHTERAGE_REQUIRE_ENGINES"));
    }

    /** Skips the test unless {@code there}, or fails it where that {@link #isStrict}. */
    public static void need(boolean there, String what) {
        if (isStrict()) {
            assertThat(there).as(what).isTrue();
        }
        assumeTrue(there, what);
    }

    /** Waits until {@code condition} holds. */
    public static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("until " + what).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    /** Takes every FUSE mount and EROFS mount below {@code directory} away, whatever state it is in. */
    public static void unmountAll(Path directory) throws IOException {
        for (MountTable.Entry entry : MountTable.read().reversed()) {
            if (entry.target().startsWith(directory)) {
                Libc.unmount(entry.target(), Libc.MNT_DETACH);
            }
        }
    }
}
