package io.lighterage.bench.start;

import com.fasterxml.jackson.databind.JsonNode;
import io.lighterage.bench.lab.Teardown;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Many hosts that start a container of one image at the same instant. Owned by one thread. */
final class Crowd {
    /**
     * What one host found.
     *
     * @param ready seconds from the instant until its container was ready
     * @param received bytes that its link had received when all were ready
     * @param status what its node knows of the image then
     */
    record Found(double ready, long received, JsonNode status) {}

    private static final Logger LOG = LoggerFactory.getLogger(Crowd.class);
    private static final long END_SECONDS = 30;

    private final Datacenter datacenter;
    private final List<ColdHost> hosts;

    Crowd(Datacenter datacenter, List<ColdHost> hosts) {
        this.datacenter = datacenter;
        this.hosts = hosts;
    }

    /**
     * Starts on all hosts, whose nodes run, and answers when all containers are ready.
     *
     * @param starters those of the hosts
     */
    List<Found> start(List<Starter> starters, String reference, Mode mode, String script, Teardown after)
            throws IOException, InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        List<Long> before = datacenter.received();
        List<Double> ready = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(
                hosts.size(), Thread.ofPlatform().daemon().name("host-", 1).factory());
        try {
            List<Future<Double>> starting = new ArrayList<>();
            for (Starter starter : starters) {
                Teardown own = after.add(new Teardown());
                starting.add(threads.submit(start(starter, reference, mode, script, own, go)));
            }
            long beganNs = System.nanoTime();
            go.countDown();
            for (Future<Double> one : starting) {
                ready.add(await(one) - beganNs / 1e9);
            }
        } finally {
            // If one has failed, the others may still be adding to what is to be undone.
            threads.shutdownNow();
            if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a host is still starting");
            }
        }
        List<Long> received = datacenter.received();
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            found.add(new Found(ready.get(i), received.get(i) - before.get(i), hosts.get(i).status(reference)));
        }
        return found;
    }

    private static Callable<Double> start(
            Starter starter, String reference, Mode mode, String script, Teardown own, CountDownLatch go) {
        return () -> {
            go.await();
            Starter.Image image = own.add(starter.get(reference, mode));
            own.add(image.start(script));
            return System.nanoTime() / 1e9;
        };
    }

    private static double await(Future<Double> one) throws IOException, InterruptedException {
        try {
            return one.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException("a host did not start", e.getCause());
        }
    }
}
