package io.lighterage.bench.start;

import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A container: processes with a root, a process table and mounts of their own, which all end with it. */
final class Container implements AutoCloseable {
    private final Program program;

    private Container(Program program) {
        this.program = program;
    }

    /** Runs {@code script} by the shell below {@code root}; returns when it says that it is ready. */
    static Container start(Place host, Path root, String script, Duration deadline)
            throws IOException, InterruptedException {
        Container container = new Container(Program.piped("container", host, List.of(
                "unshare", "--pid", "--fork", "--kill-child", "--mount", "--root=" + root, "--mount-proc",
                "/bin/sh", "-c", "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; " + script)));
        try {
            container.awaitReady(deadline);
            return container;
        } catch (IOException | InterruptedException | RuntimeException e) {
            container.close();
            throw e;
        }
    }

    private void awaitReady(Duration deadline) throws IOException, InterruptedException {
        StringBuilder said = new StringBuilder();
        CompletableFuture<Boolean> ready = new CompletableFuture<>();
        Thread.ofVirtual().name("container-output").start(() -> {
            try (BufferedReader lines = program.output()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.equals(StartImage.READY)) {
                        ready.complete(true);
                    } else if (!ready.isDone()) {
                        said.append(line).append('\n');
                    }
                }
                ready.complete(false);
            } catch (IOException e) {
                ready.completeExceptionally(e);
            }
        });
        try {
            if (!ready.get(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("the container ended before it was ready: " + said.toString().strip());
            }
        } catch (TimeoutException e) {
            throw new IOException("the container was not ready within " + deadline.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException("the container cannot be listened to", e.getCause());
        }
    }

    @Override
    public void close() {
        // Asked to end, unshare waits for what it started; killed, it takes that along.
        program.close();
    }
}
