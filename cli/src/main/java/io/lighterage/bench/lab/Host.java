package io.lighterage.bench.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A party of a network whose processes and mounts are its own too: they see those of nobody else, and all end with it,
 * also those that daemons have left behind. Files are the machine's.
 */
public final class Host implements Place, AutoCloseable {
    /** The programs that it needs. */
    public static final List<String> TOOLS = List.of("nsenter", "unshare", "bash");

    private static final Duration READY = Duration.ofSeconds(10);
    private static final long LOOK_MILLIS = 5;

    /** Its first process takes in what others leave; the shell buries children that it does not know. */
    private static final List<String> FIRST = List.of(
            "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",
            "bash", "-c", "echo ready; while :; do sleep 3600; done");

    private final Namespace network;
    private final Program keeper;
    private final List<String> entrance;

    private Host(Namespace network, Program keeper) {
        this.network = network;
        this.keeper = keeper;
        this.entrance = List.of(
                "nsenter", "--target", String.valueOf(keeper.itself().pid()), "--mount", "--pid", "--",
                "setpriv", "--pdeathsig", "KILL", "--");
    }

    /**
     * Makes one.
     *
     * @param network stays the caller's, and is to be closed after this
     * @param log where its first process says what it has to say
     */
    public static Host create(Namespace network, Path log) throws IOException, InterruptedException {
        Program keeper = Program.start("host", network, log, FIRST, true);
        try {
            long endNs = System.nanoTime() + READY.toNanos();
            while (!keeper.said().endsWith("ready")) {
                keeper.requireAlive();
                if (System.nanoTime() > endNs) {
                    throw new LabException("a host was not ready within " + READY.toSeconds() + " s");
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
            return new Host(network, keeper);
        } catch (IOException | InterruptedException | RuntimeException e) {
            keeper.close();
            throw e;
        }
    }

    @Override
    public <T> T call(Callable<T> work) throws IOException, InterruptedException {
        return network.call(work);
    }

    @Override
    public Thread start(String name, Runnable work) throws IOException, InterruptedException {
        return network.start(name, work);
    }

    @Override
    public List<String> entrance() {
        return entrance;
    }

    @Override
    public void close() {
        keeper.close();
    }
}
