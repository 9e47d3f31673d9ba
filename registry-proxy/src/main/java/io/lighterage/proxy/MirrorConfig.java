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
 * @param tagLifetime how long a tag's digest is served without asking upstream again
 * @param upstreamDeadline how long upstream may take for a manifest, a HEAD or a list
 * @param firstByteDeadline how long a client waits for the first byte of a blob
 * @param stallDeadline how long a begun blob may stand still, for want of bytes or because the client does not read
 * @param idleTimeout after how long a connection without any traffic is closed; longer than both deadlines of blobs
 */
public record MirrorConfig(
        String host,
        int port,
        String defaultRegistry,
        Optional<String> speaksFor,
        Set<String> registries,
        Duration tagLifetime,
        Duration upstreamDeadline,
        Duration firstByteDeadline,
        Duration stallDeadline,
        Duration idleTimeout) {
    public MirrorConfig {
        registries = Set.copyOf(registries);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the mirror's port must be 0 to 65535, not " + port);
        }
        if (tagLifetime.isNegative()) {
            throw new IllegalArgumentException("a tag's lifetime must not be negative: " + tagLifetime);
        }
        positive("the deadline of upstream", upstreamDeadline);
        positive("the deadline of a first byte", firstByteDeadline);
        positive("the deadline of a stalled blob", stallDeadline);
        if (idleTimeout.compareTo(firstByteDeadline) <= 0 || idleTimeout.compareTo(stallDeadline) <= 0) {
            throw new IllegalArgumentException("the idle timeout (" + idleTimeout + ") must be longer than the deadlines of"
                    + " a blob (" + firstByteDeadline + ", " + stallDeadline + ")");
        }
    }

    /** The defaults, listening on {@code host} and {@code port}. */
    public static MirrorConfig on(String host, int port) {
        return new MirrorConfig(
                host,
                port,
                ImageReference.DEFAULT_REGISTRY,
                Optional.empty(),
                Set.of(),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(180));
    }

    /** The same with another lifetime of tags. */
    public MirrorConfig withTagLifetime(Duration lifetime) {
        return new MirrorConfig(
                host,
                port,
                defaultRegistry,
                speaksFor,
                registries,
                lifetime,
                upstreamDeadline,
                firstByteDeadline,
                stallDeadline,
                idleTimeout);
    }

    /** The same with other deadlines. */
    public MirrorConfig withDeadlines(Duration upstream, Duration firstByte, Duration stall, Duration idle) {
        return new MirrorConfig(
                host, port, defaultRegistry, speaksFor, registries, tagLifetime, upstream, firstByte, stall, idle);
    }

    /** The same as the mirror of one registry first of all: for requests that name none, and for {@code /v2/}. */
    public MirrorConfig withDefaultRegistry(String name) {
        return new MirrorConfig(
                host,
                port,
                name,
                Optional.of(name),
                registries,
                tagLifetime,
                upstreamDeadline,
                firstByteDeadline,
                stallDeadline,
                idleTimeout);
    }

    /** The same with further registries. */
    public MirrorConfig withRegistries(Set<String> more) {
        return new MirrorConfig(
                host,
                port,
                defaultRegistry,
                speaksFor,
                more,
                tagLifetime,
                upstreamDeadline,
                firstByteDeadline,
                stallDeadline,
                idleTimeout);
    }

    private static void positive(String what, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(what + " must be positive: " + duration);
        }
    }
}
