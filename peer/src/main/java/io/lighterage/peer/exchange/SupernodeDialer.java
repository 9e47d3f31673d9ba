package io.lighterage.peer.exchange;

import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the connection to the supernode open: a virtual thread that dials again, ever more patiently, whenever it is gone. */
final class SupernodeDialer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupernodeDialer.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    private final SupernodeLocator locator;
    private final Transport transport;
    private final NodeSwarm swarm;
    private final Semaphore gone = new Semaphore(1);
    private final Thread thread;
    private volatile InetSocketAddress dialed;

    SupernodeDialer(SupernodeLocator locator, Transport transport, NodeSwarm swarm) {
        this.locator = locator;
        this.transport = transport;
        this.swarm = swarm;
        this.thread = Thread.ofVirtual().name("supernode-dialer").unstarted(this::run);
    }

    /** Begins to dial; to be called once, when the listener knows of this dialer. */
    void start() {
        thread.start();
    }

    /** The connection broke: dial now. */
    void lost() {
        gone.release();
    }

    /**
     * Whether {@code remote} is where this node itself found the supernode. Only a connection to there is to the
     * supernode, whatever the other side of any other connection says that it is.
     */
    boolean dialed(InetSocketAddress remote) {
        return remote.equals(dialed);
    }

    private void run() {
        try {
            while (!Thread.interrupted()) {
                gone.acquire();
                gone.drainPermits();
                dial();
                // A supernode that drops every connection at once is not to be dialed without a pause.
                Thread.sleep(FIRST_PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void dial() throws InterruptedException {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        boolean told = false;
        while (!swarm.isSupernodeThere()) {
            String why;
            try {
                InetSocketAddress address = resolved(locator.locate());
                dialed = address;
                Connection connection = transport
                        .connect(address.getAddress().getHostAddress(), address.getPort(), locator.certifiedHost())
                        .get(10, TimeUnit.SECONDS);
                if (swarm.isSupernodeThere()) {
                    return;
                }
                connection.close("is not taken for the supernode");
                why = connection.remoteAddress() + " is not taken for the supernode";
            } catch (IOException e) {
                why = e.getMessage();
            } catch (ExecutionException e) {
                why = e.getCause().getMessage();
            } catch (TimeoutException e) {
                why = "it does not answer";
            }
            if (!told) {
                LOG.warn("the supernode cannot be reached, going on without it: {}", why);
                told = true;
            }
            Thread.sleep(pauseMillis);
            pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        }
    }

    private static InetSocketAddress resolved(InetSocketAddress given) throws IOException {
        InetAddress address = InetAddress.getByName(given.getHostString());
        return new InetSocketAddress(address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address, given.getPort());
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
