package io.lighterage.bench.start;

import io.lighterage.bench.lab.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A container that runs a shell script; its output comes from a program that ends with it. */
final class Container implements AutoCloseable {
    /** Ends what runs in a container. */
    interface Ending {
        void end() throws IOException, InterruptedException;
    }

    private final Program program;
    private final Ending ending;

    private Container(Program program, Ending ending) {
        this.program = program;
        this.ending = ending;
    }

    /** What a container runs for {@code script}. */
    static List<String> command(String script) {
        return List.of("/bin/sh", "-c", "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; " + script);
    }

    /**
     * Waits until what a container says is that it is ready.
     *
     * @param program whose output is the container's
     * @param ending called once, also when this fails
     */
    static Container awaitReady(Program program, Ending ending, Duration deadline)
            throws IOException, InterruptedException {
        Container container = new Container(program, ending);
        try {
            container.awaitReady(deadline);
            return container;
        } catch (IOException | InterruptedException | RuntimeException e) {
            try {
                container.close();
            } catch (IOException | InterruptedException closing) {
                e.addSuppressed(closing);
            }
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
    public void close() throws IOException, InterruptedException {
        try {
            ending.end();
        } finally {
            program.close();
        }
    }
}
