package io.lighterage.proxy;

import io.lighterage.peer.content.ImageReference;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * How a mirror serves.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 lets the system choose
 * @param defaultRegistry the registry of requests that name none, as image references have it
 * @param speaksFor the registry whose challenge {@code /v2/} passes on to clients that name none; without one it is
 *     open
 * @param registries further registries that a path prefix may name although they do not look like a host
 * @param pushThrough registries to which pushes are passed on
 * @param tagLifetime how long a tag's digest is served without asking upstream again
 * @param staleLimit how long after upstream confirmed it a tag may be served while upstream cannot answer
 * @param upstreamDeadline how long upstream may take for a manifest, a HEAD or a list
 * @param firstByteDeadline how long a client waits for the first byte of a blob
 * @param stallDeadline how long a begun blob may stand still, for want of bytes or because the client does not read
 * @param idleTimeout after how long a connection without any traffic is closed; longer than both deadlines of blobs
 * @param headDeadline how long the head of a request may take from its first byte on
 * @param mostConnections connections at once; beyond it the one that is idle longest is closed
 */
public record MirrorConfig(
        String host,
        int port,
        String defaultRegistry,
        Optional<String> speaksFor,
        Set<String> registries,
        Set<String> pushThrough,
        Duration tagLifetime,
        Duration staleLimit,
        Duration upstreamDeadline,
        Duration firstByteDeadline,
        Duration stallDeadline,
        Duration idleTimeout,
        Duration headDeadline,
        int mostConnections) {
    public MirrorConfig {
        registries = Set.copyOf(registries);
        pushThrough = Set.copyOf(pushThrough);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the mirror's port must be 0 to 65535, not " + port);
        }
        if (tagLifetime.isNegative() || staleLimit.isNegative()) {
            throw new IllegalArgumentException("a tag's lifetime must not be negative: " + tagLifetime + ", " + staleLimit);
        }
        if (mostConnections < 1) {
            throw new IllegalArgumentException("a mirror needs connections, not " + mostConnections);
        }
        positive("the deadline of upstream", upstreamDeadline);
        positive("the deadline of a first byte", firstByteDeadline);
        positive("the deadline of a stalled blob", stallDeadline);
        positive("the deadline of a request's head", headDeadline);
        if (idleTimeout.compareTo(firstByteDeadline) <= 0 || idleTimeout.compareTo(stallDeadline) <= 0) {
            throw new IllegalArgumentException("the idle timeout (" + idleTimeout + ") must be longer than the deadlines of"
                    + " a blob (" + firstByteDeadline + ", " + stallDeadline + ")");
        }
    }

    /** How long a tag's digest is served without asking again, unless told otherwise. */
    public static final Duration TAG_LIFETIME = Duration.ofSeconds(60);

    /** How long a tag is served stale, unless told otherwise. */
    public static final Duration STALE_LIMIT = Duration.ofDays(7);

    /** The defaults, listening on {@code host} and {@code port}. */
    public static MirrorConfig on(String host, int port) {
        return new MirrorConfig(
                host,
                port,
                ImageReference.DEFAULT_REGISTRY,
                Optional.empty(),
                Set.of(),
                Set.of(),
                TAG_LIFETIME,
                STALE_LIMIT,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(180),
                Duration.ofSeconds(20),
                mostConnections(Runtime.getRuntime().maxMemory()));
    }

    /** As many connections as fill a third of the heap, at about 10 KiB each: some two thousand in the 64 MiB of a node. */
    private static int mostConnections(long heapBytes) {
        return Math.toIntExact(Math.clamp(heapBytes / 3 / (10 << 10), 256, 8192));
    }

    /** The same with another lifetime of tags. */
    public MirrorConfig withTagLifetime(Duration lifetime) {
        return withTags(lifetime, staleLimit);
    }

    /** The same with other lifetimes of tags. */
    public MirrorConfig withTags(Duration lifetime, Duration stale) {
        return new MirrorConfig(
                host, port, defaultRegistry, speaksFor, registries, pushThrough, lifetime, stale, upstreamDeadline,
                firstByteDeadline, stallDeadline, idleTimeout, headDeadline, mostConnections);
    }

    /** The same with other deadlines. */
    public MirrorConfig withDeadlines(Duration upstream, Duration firstByte, Duration stall, Duration idle) {
        return new MirrorConfig(
                host, port, defaultRegistry, speaksFor, registries, pushThrough, tagLifetime, staleLimit, upstream, firstByte, stall,
                idle, headDeadline, mostConnections);
    }

    /** The same as the mirror of one registry first of all: for requests that name none, and for {@code /v2/}. */
    public MirrorConfig withDefaultRegistry(String name) {
        return new MirrorConfig(
                host, port, name, Optional.of(name), registries, pushThrough, tagLifetime, staleLimit,
                upstreamDeadline, firstByteDeadline, stallDeadline, idleTimeout, headDeadline, mostConnections);
    }

    /** The same with further registries. */
    public MirrorConfig withRegistries(Set<String> more) {
        return new MirrorConfig(
                host, port, defaultRegistry, speaksFor, more, pushThrough, tagLifetime, staleLimit, upstreamDeadline,
                firstByteDeadline, stallDeadline, idleTimeout, headDeadline, mostConnections);
    }

    /** The same, passing pushes on to these registries. */
    public MirrorConfig withPushThrough(Set<String> names) {
        return new MirrorConfig(
                host, port, defaultRegistry, speaksFor, registries, names, tagLifetime, staleLimit, upstreamDeadline,
                firstByteDeadline, stallDeadline, idleTimeout, headDeadline, mostConnections);
    }

    /** The same with other bounds for connections. */
    public MirrorConfig withConnections(int most, Duration head) {
        return new MirrorConfig(
                host, port, defaultRegistry, speaksFor, registries, pushThrough, tagLifetime, staleLimit, upstreamDeadline,
                firstByteDeadline, stallDeadline, idleTimeout, head, most);
    }

    private static void positive(String what, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(what + " must be positive: " + duration);
        }
    }
}
