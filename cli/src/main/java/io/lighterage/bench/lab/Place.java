package io.lighterage.bench.lab;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/** Where threads and programs run: a network of its own, or just this JVM's. */
public interface Place {
    /** This JVM's own network. */
    Place HERE = new Place() {
        @Override
        public <T> T call(Callable<T> work) throws IOException, InterruptedException {
            try {
                return work.call();
            } catch (IOException | InterruptedException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new LabException("failed here", e);
            }
        }

        @Override
        public Thread start(String name, Runnable work) {
            return Thread.ofPlatform().daemon().name(name).start(work);
        }
    };

    /** Does {@code work} there and waits for it; only short work, since one thread does it all. */
    <T> T call(Callable<T> work) throws IOException, InterruptedException;

    /** Starts a thread there. */
    Thread start(String name, Runnable work) throws IOException, InterruptedException;

    /**
     * What a command begins with that is started by {@link #call}, to be wholly there. If it is not empty, the program
     * is a child of the process that is started, which ends with it.
     */
    default List<String> entrance() {
        return List.of();
    }
}
