package io.lighterage.blockdev.fuse;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A process that serves one device until it is killed. Arguments: the data directory, the device's length, how many
 * bytes of it are here, and for the others the longest delay of a read in milliseconds, or {@code never}.
 */
public final class ServingChild {
    static final String NAME = "device";
    static final String READY = "ready";

    private ServingChild() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        MemorySegment content = TestDevice.content(Integer.parseInt(arguments[1]));
        TestDevice.Missing missing = arguments[3].equals("never")
                ? offset -> new CountDownLatch(1).await()
                : offset -> Thread.sleep(ThreadLocalRandom.current().nextInt(Integer.parseInt(arguments[3]) + 1));
        FuseServer server = FuseServer.start(
                new FuseSettings(data, data.resolve("devices"), 2, 8 << 20, Duration.ofSeconds(20)));
        server.add(NAME, new TestDevice(content, Long.parseLong(arguments[2]), missing), "");
        System.out.println(READY);
        int told = 0;
        while (true) {
            // The parent reads how many wait.
            int waiting = server.waiting();
            if (waiting != told) {
                System.out.println(waiting);
                told = waiting;
            }
            Thread.sleep(5);
        }
    }
}
