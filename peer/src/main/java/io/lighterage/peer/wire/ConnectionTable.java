package io.lighterage.peer.wire;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Which connections there are, by host and by address. One lock, this object's own, guards everything; nothing blocks
 * and nobody is called while it is held.
 */
final class ConnectionTable {
    /**
     * An address as somebody asked for it.
     *
     * @param certifiedHost the host that its certificate must be for, or empty
     */
    record Target(String host, int port, String certifiedHost) {
        Target {
            host = host.toLowerCase();
        }

        Target(String host, int port) {
            this(host, port, "");
        }

        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    private final Map<UUID, NettyConnection> byId = new HashMap<>();
    private final Map<UUID, NettyConnection> open = new HashMap<>();
    private final Map<Target, NettyConnection> byTarget = new HashMap<>();
    private final Map<Target, CompletableFuture<Connection>> pending = new HashMap<>();
    private final Map<UUID, List<CompletableFuture<Connection>>> waiting = new HashMap<>();
    private boolean closed;

    /**
     * The connection to {@code target} that is there or being opened, else what {@code opening} begins.
     *
     * @param opening makes the future; what it starts is started by the caller, later
     */
    Opening open(Target target, Supplier<CompletableFuture<Connection>> opening) {
        CompletableFuture<Connection> future;
        synchronized (this) {
            NettyConnection there = byTarget.get(target);
            if (there != null && !there.isEnding()) {
                return new Opening(CompletableFuture.completedFuture(there), false);
            }
            CompletableFuture<Connection> begun = pending.get(target);
            if (begun != null) {
                return new Opening(begun, false);
            }
            future = opening.get();
            pending.put(target, future);
        }
        future.whenComplete((_, _) -> {
            synchronized (this) {
                pending.remove(target, future);
            }
        });
        return new Opening(future, true);
    }

    /** A connection that is or will be there; {@code fresh} says whether the caller has to open it. */
    record Opening(CompletableFuture<Connection> connection, boolean fresh) {}

    /** Makes {@code connection} the one to its host unless there is one already; answers whether it did. */
    synchronized boolean claim(NettyConnection connection) {
        UUID id = connection.peer().id();
        NettyConnection there = byId.get(id);
        if (closed || there != null && !there.isEnding()) {
            return false;
        }
        byId.put(id, connection);
        return true;
    }

    /** Makes {@code connection} the one to its host, as the other side decided; answers the one that it replaces. */
    synchronized Optional<NettyConnection> replace(NettyConnection connection) {
        return Optional.ofNullable(byId.put(connection.peer().id(), connection));
    }

    /** Remembers that {@code connection}, which was claimed and reported, is reached at these addresses. */
    void opened(NettyConnection connection, Collection<Target> targets) {
        List<CompletableFuture<Connection>> waiters;
        synchronized (this) {
            UUID id = connection.peer().id();
            if (byId.get(id) != connection) {
                return;
            }
            open.put(id, connection);
            targets.forEach(target -> byTarget.put(target, connection));
            waiters = Objects.requireNonNullElse(waiting.remove(id), List.of());
        }
        waiters.forEach(waiter -> waiter.complete(connection));
    }

    /** Completes {@code waiter} with the connection to host {@code id}, now or when it is open. */
    void await(UUID id, CompletableFuture<Connection> waiter) {
        NettyConnection there;
        synchronized (this) {
            there = open.get(id);
            if (there == null || there.isEnding()) {
                there = null;
                waiting.computeIfAbsent(id, _ -> new ArrayList<>()).add(waiter);
            }
        }
        if (there != null) {
            waiter.complete(there);
            return;
        }
        waiter.whenComplete((_, _) -> {
            synchronized (this) {
                waiting.computeIfPresent(id, (_, waiters) -> {
                    waiters.remove(waiter);
                    return waiters.isEmpty() ? null : waiters;
                });
            }
        });
    }

    /** Also reaches {@code connection} at {@code target} from now on. */
    synchronized void alias(Target target, Connection connection) {
        if (open.get(connection.peer().id()) == connection) {
            byTarget.put(target, (NettyConnection) connection);
        }
    }

    /** Forgets {@code connection}. */
    synchronized void remove(NettyConnection connection) {
        byId.remove(connection.peer().id(), connection);
        open.remove(connection.peer().id(), connection);
        byTarget.values().removeIf(there -> there == connection);
    }

    /** The connections that were reported and are not closed. */
    synchronized List<Connection> connections() {
        return List.copyOf(open.values());
    }

    /** Takes no connection from here on; answers those that are still being opened. */
    synchronized List<CompletableFuture<Connection>> close() {
        closed = true;
        return List.copyOf(pending.values());
    }
}
