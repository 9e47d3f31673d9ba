package io.lighterage.blockdev.image;

import io.lighterage.blockdev.linux.Host;
import io.lighterage.blockdev.linux.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** A device file mounted by the kernel, which reads it without a loop device. */
final class ErofsMount implements AutoCloseable {
    private final Path point;

    ErofsMount(Path device, String options) throws IOException {
        point = Files.createTempDirectory("lighterage-erofs");
        try {
            Linux.mountErofs(device.toString(), point.toString(), options);
        } catch (IOException e) {
            Files.delete(point);
            throw e;
        }
    }

    /** Skips the test where the kernel cannot mount EROFS from files; fails instead where engines are required. */
    static void assumePossible() {
        String lacks = lacks();
        Host.need(lacks.isEmpty(), lacks);
    }

    /** The same for a property. */
    static final class Skipped implements SkipExecutionHook {
        @Override
        public SkipResult shouldBeSkipped(LifecycleContext context) {
            String lacks = lacks();
            return lacks.isEmpty() || Host.isStrict() ? SkipResult.doNotSkip() : SkipResult.skip(lacks);
        }
    }

    private static String lacks() {
        if (!Host.isRoot()) {
            return "mounting needs root";
        }
        if (!Tool.isThere("fsck.erofs")) {
            return "fsck.erofs is not installed";
        }
        String[] release = System.getProperty("os.version").split("[^0-9]+");
        int version = Integer.parseInt(release[0]) * 1000 + Integer.parseInt(release[1]);
        try {
            boolean known = Files.readAllLines(Path.of("/proc/filesystems")).stream()
                    .anyMatch(line -> line.endsWith("erofs"));
            return version < 6012 ? "mounting from files needs Linux 6.12" : known ? "" : "this kernel has no EROFS";
        } catch (IOException e) {
            return "no /proc/filesystems: " + e.getMessage();
        }
    }

    String path() {
        return point.toString();
    }

    @Override
    public void close() throws IOException {
        Linux.unmount(point.toString());
        Files.delete(point);
    }
}
