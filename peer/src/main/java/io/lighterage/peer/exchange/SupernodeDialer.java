package io.lighterage.peer.exchange;

import io.lighterage.peer.wire.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the connection to the supernode open: a virtual thread that dials again, ever more patiently, whenever it is gone. */
final class SupernodeDialer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SupernodeDialer.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    private final SupernodeLocator locator;
    private final Transport transport;
    private final NodeSwarm swarm;
    private final Semaphore gone = new Semaphore(1);
    private final Thread thread;

    SupernodeDialer(SupernodeLocator locator, Transport transport, NodeSwarm swarm) {
        this.locator = locator;
        this.transport = transport;
        this.swarm = swarm;
        this.thread = Thread.ofVirtual().name("supernode-dialer").start(this::run);
    }

    /** The connection broke: dial now. */
    void lost() {
        gone.release();
    }

    private void run() {
        try {
            while (!Thread.interrupted()) {
                gone.acquire();
                gone.drainPermits();
                dial();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void dial() throws InterruptedException {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        boolean told = false;
        while (!swarm.isSupernodeThere()) {
            try {
                InetSocketAddress address = locator.locate();
                transport.connect(address.getHostString(), address.getPort()).get(10, TimeUnit.SECONDS);
                return;
            } catch (IOException | ExecutionException | java.util.concurrent.TimeoutException e) {
                if (!told) {
                    Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
                    log.warn("the supernode cannot be reached, going on without it: {}", cause.getMessage());
                    told = true;
                }
            }
            Thread.sleep(pauseMillis);
            pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
