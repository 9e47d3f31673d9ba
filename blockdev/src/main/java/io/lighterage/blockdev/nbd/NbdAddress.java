package io.lighterage.blockdev.nbd;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where an NBD server listens. */
public sealed interface NbdAddress {
    /** The longest path of a Unix socket in bytes ({@code sockaddr_un}, without the zero at its end). */
    int MOST_PATH_BYTES = 107;

    /** A TCP port; 0 is any that is free. */
    record Tcp(String host, int port) implements NbdAddress {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** A Unix socket. */
    record Unix(Path path) implements NbdAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * Reads {@code HOST:PORT}, with an IPv6 address in brackets, or {@code unix:PATH}.
     *
     * @throws IllegalArgumentException if {@code text} is neither; the message names it
     */
    static NbdAddress parse(String text) {
        if (text.startsWith("unix:")) {
            String path = text.substring("unix:".length());
            if (path.isEmpty() || path.getBytes(StandardCharsets.UTF_8).length > MOST_PATH_BYTES) {
                throw new IllegalArgumentException(
                        "'" + text + "' does not name a socket by a path of 1 to " + MOST_PATH_BYTES + " bytes");
            }
            return new Unix(Path.of(path));
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int port = -1;
        if (text.substring(colon + 1).matches("[0-9]{1,5}")) {
            port = Integer.parseInt(text.substring(colon + 1));
        }
        if (host.isEmpty() || port < 0 || port > 65_535) {
            throw new IllegalArgumentException("'" + text + "' is neither HOST:PORT nor unix:PATH");
        }
        return new Tcp(host, port);
    }
}
