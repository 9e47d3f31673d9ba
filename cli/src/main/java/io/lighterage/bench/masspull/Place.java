package io.lighterage.bench.masspull;

import java.io.IOException;
import java.util.concurrent.Callable;

/** Where a host's threads and processes are: a network of its own, or just this JVM. */
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
                throw new SceneException("failed here", e);
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
}
