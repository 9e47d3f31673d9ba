package io.lighterage.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A network namespace without a name. It lives as long as a thread or process is in it, so nothing is left of it when
 * this JVM ends, however it ends.
 *
 * <p>One thread made it and keeps it; threads and processes that are started by that thread are in it too, and so are
 * the sockets that they open.
 */
public final class Namespace implements Place, AutoCloseable {
    private static final long CALL_SECONDS = 60;
    private static final Path THREAD = Path.of("/proc/thread-self");

    private final String name;
    private final ExecutorService owner;
    private final long tid;

    private Namespace(String name, ExecutorService owner, long tid) {
        this.name = name;
        this.owner = owner;
        this.tid = tid;
    }

    /**
     * Makes one with loopback up and nothing else.
     *
     * @param name for messages
     */
    static Namespace create(String name) throws IOException, InterruptedException {
        ExecutorService owner =
                Executors.newSingleThreadExecutor(task -> Thread.ofPlatform().daemon().name("ns-" + name)
                        .unstarted(task));
        try {
            long tid = call(name, owner, () -> {
                Unshare.network();
                return Long.parseLong(THREAD.toRealPath().getFileName().toString());
            });
            Namespace made = new Namespace(name, owner, tid);
            made.run("ip", "link", "set", "lo", "up");
            return made;
        } catch (IOException | InterruptedException | RuntimeException e) {
            owner.shutdown();
            throw e;
        }
    }

    /** The thread that keeps it, by which {@code ip link ... netns} finds it. */
    long tid() {
        return tid;
    }

    @Override
    public <T> T call(Callable<T> work) throws IOException, InterruptedException {
        return call(name, owner, work);
    }

    private static <T> T call(String name, ExecutorService owner, Callable<T> work)
            throws IOException, InterruptedException {
        try {
            return owner.submit(work).get(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new LabException("in the network of " + name, e.getCause());
        } catch (TimeoutException e) {
            throw new LabException("nothing happened in the network of " + name + " for " + CALL_SECONDS + " s", e);
        }
    }

    @Override
    public Thread start(String threadName, Runnable work) throws IOException, InterruptedException {
        return call(() -> Thread.ofPlatform().daemon().name(threadName).start(work));
    }

    private void run(String... command) throws IOException, InterruptedException {
        Commands.run(this, Commands.SHORT, List.of(command));
    }

    /** Runs {@code lines} of commands to {@code ip} in it. */
    void ip(String lines) throws IOException, InterruptedException {
        Commands.run(this, Commands.SHORT, List.of("ip", "-batch", "-"), lines);
    }

    /** Sets the rate of a link's end that is in it. */
    void shape(String device, Shape shape) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tc", "qdisc", "replace", "dev", device, "root"));
        command.addAll(shape.arguments());
        Commands.run(this, Commands.SHORT, command);
    }

    /** Sets a value of {@code /proc/sys/net} here. */
    public void sysctl(String key, String value) throws IOException, InterruptedException {
        call(() -> Files.writeString(Path.of("/proc/sys/net", key.split("\\.")), value));
    }

    /** {@code /proc/net/dev} as it is here. */
    List<String> devices() throws IOException, InterruptedException {
        return call(() -> new ArrayList<>(Files.readAllLines(THREAD.resolve("net/dev"))));
    }

    @Override
    public void close() {
        owner.shutdown();
    }
}
