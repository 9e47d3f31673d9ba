package io.lighterage.tests.support;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * What a test needs of the machine. Without it the test is skipped with the reason; where the environment variable
 * {@value #STRICT} is 1 it fails instead, so that a build machine cannot pass by lacking things.
 */
public final class Requires {
    /** Environment variable that turns skipping into failing. */
    public static final String STRICT = "LIGHTERAGE_REQUIRE_ENGINES";

    private Requires() {}

    /** Namespaces, mounts and containers need root. */
    public static void root() {
        require(Programs.isRoot(), "needs root");
    }

    /** Programs of Debian packages, by name. */
    public static void programs(String... names) {
        List<String> missing = new ArrayList<>();
        for (String name : names) {
            if (Programs.find(name).isEmpty()) {
                missing.add(name);
            }
        }
        require(missing.isEmpty(), "needs the programs " + missing);
    }

    /** A kernel that lets us serve file systems and mount EROFS from files. */
    public static void fuse() {
        require(Files.exists(Path.of("/dev/fuse")), "needs /dev/fuse");
    }

    /** The launcher of this checkout. */
    public static void lighter() {
        require(LighterProcess.launcher().isPresent(), "needs the launcher `lighter` at the top of the checkout");
    }

    private static void require(boolean met, String reason) {
        if ("1".equals(System.getenv(STRICT))) {
            if (!met) {
                fail(reason + " (and " + STRICT + "=1 forbids skipping)");
            }
            return;
        }
        Assumptions.assumeTrue(met, reason);
    }
}
