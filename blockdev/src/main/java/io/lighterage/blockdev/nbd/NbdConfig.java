package io.lighterage.blockdev.nbd;

import java.time.Duration;

/**
 * The bounds of an NBD server.
 *
 * @param handshake how long a client may take from one message of the handshake to the next
 * @param stall how long a client may leave answers unread before its connection is closed
 * @param idle how long a connection may do nothing; zero is for ever, as a virtual machine may leave its disk alone for
 *     hours
 * @param outstandingBytes how many bytes of answers one connection may have outstanding before no more of its requests
 *     are read
 * @param mostConnections connections beyond these are closed at once
 */
public record NbdConfig(Duration handshake, Duration stall, Duration idle, int outstandingBytes, int mostConnections) {
    /** Longest request for data, in bytes: 32 MiB, what the protocol lets every client ask for. */
    public static final int MOST_REQUEST_BYTES = 32 << 20;

    /** 30 seconds, 5 minutes, for ever, 64 MiB, 256. */
    public static final NbdConfig DEFAULT =
            new NbdConfig(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ZERO, 64 << 20, 256);
}
