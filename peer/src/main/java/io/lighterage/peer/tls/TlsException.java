package io.lighterage.peer.tls;

import java.io.IOException;

/** A file of certificates or keys cannot be used; the message names it. */
public final class TlsException extends IOException {
    private static final long serialVersionUID = 1;

    TlsException(String message) {
        super(message);
    }

    TlsException(String message, Throwable cause) {
        super(message, cause);
    }
}
