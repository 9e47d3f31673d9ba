package io.lighterage.supernode.torrent;

import bt.net.DataReceiver;
import bt.net.pipeline.ChannelHandlerContext;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the connections of a {@code bt} runtime, in the place of the library's own loop. That one lets who registers a
 * connection race for a lock, which takes seconds on a machine of few cores, and sleeps between rounds.
 *
 * <p>One thread owns the selector and the connections whose buffers are full; others hand their changes to it.
 */
final class Receiver implements DataReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);
    private static final long USUAL_WAIT_MS = 1000;
    private static final long FULL_WAIT_MS = 1;

    private final Selector selector;
    private final Runnable onRead;
    private final Queue<Change> changes = new ConcurrentLinkedQueue<>();
    private final List<SelectionKey> full = new ArrayList<>();
    private volatile boolean closed;

    /** Something to do with the selector, on its thread. */
    private interface Change {
        void apply() throws IOException;
    }

    private Receiver(Selector selector, Runnable onRead) {
        this.selector = selector;
        this.onRead = onRead;
    }

    /**
     * Starts to read.
     *
     * @param onRead is called after something was read
     */
    static Receiver start(Runnable onRead) throws IOException {
        Receiver receiver = new Receiver(Selector.open(), onRead);
        Thread.ofPlatform().name("torrent-read").start(receiver::run);
        return receiver;
    }

    @Override
    public void registerChannel(SelectableChannel channel, ChannelHandlerContext context) {
        change(() -> {
            if (channel instanceof SocketChannel socket) {
                // Requests are small, and the library waits for the answers before it sends more.
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            channel.register(selector, SelectionKey.OP_READ, context);
        });
    }

    @Override
    public void unregisterChannel(SelectableChannel channel) {
        SelectionKey key = channel.keyFor(selector);
        if (key != null) {
            key.cancel();
        }
    }

    @Override
    public void activateChannel(SelectableChannel channel) {
        change(() -> watch(channel, SelectionKey.OP_READ));
    }

    @Override
    public void deactivateChannel(SelectableChannel channel) {
        change(() -> watch(channel, 0));
    }

    private void watch(SelectableChannel channel, int operations) {
        SelectionKey key = channel.keyFor(selector);
        if (key != null) {
            key.interestOps(operations);
        }
    }

    private void change(Change change) {
        changes.add(change);
        selector.wakeup();
    }

    private void run() {
        try (selector) {
            while (!closed) {
                for (Change change = changes.poll(); change != null; change = changes.poll()) {
                    apply(change);
                }
                selector.select(this::read, full.isEmpty() ? USUAL_WAIT_MS : FULL_WAIT_MS);
                List<SelectionKey> again = List.copyOf(full);
                full.clear();
                again.forEach(this::read);
                onRead.run();
            }
        } catch (IOException | ClosedSelectorException e) {
            LOG.error("connections of the BitTorrent library are not read any more", e);
        }
    }

    private static void apply(Change change) {
        try {
            change.apply();
        } catch (IOException | CancelledKeyException e) {
            LOG.debug("a connection ended before it was read", e);
        }
    }

    /** Reads what is there; a connection whose buffer is full is looked at again when the library has emptied it. */
    private void read(SelectionKey key) {
        try {
            if (((ChannelHandlerContext) key.attachment()).readFromChannel()) {
                key.interestOps(SelectionKey.OP_READ);
            } else {
                key.interestOps(0);
                full.add(key);
            }
        } catch (EOFException | CancelledKeyException e) {
            LOG.debug("a connection ended", e);
        } catch (IOException | RuntimeException e) {
            // The library has closed it; others are not concerned.
            LOG.debug("a connection failed", e);
        }
    }

    /** Ends the thread and its selector. */
    void close() {
        closed = true;
        selector.wakeup();
    }
}
