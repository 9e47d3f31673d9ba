package io.lighterage.cli;

import io.lighterage.peer.content.Quoted;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;

/** Where network block devices are served: a TCP port or a Unix socket. */
public sealed interface NbdAddress {
    /** A TCP port. */
    record Tcp(HostPort address) implements NbdAddress {
        @Override
        public SocketAddress bindable() throws UnknownHostException {
            return Wiring.bindable(address);
        }
    }

    /** A Unix socket. */
    record Unix(Path path) implements NbdAddress {
        @Override
        public SocketAddress bindable() {
            return UnixDomainSocketAddress.of(path);
        }
    }

    /** The address to listen on. */
    SocketAddress bindable() throws UnknownHostException;

    /**
     * Reads {@code HOST:PORT} or {@code unix:PATH}.
     *
     * @throws IllegalArgumentException if {@code text} is neither
     */
    static NbdAddress parse(String text) {
        String unix = "unix:";
        if (!text.startsWith(unix)) {
            return new Tcp(HostPort.parse(text));
        }
        Path path = Path.of(text.substring(unix.length()));
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not unix: and an absolute path");
        }
        return new Unix(path);
    }
}
