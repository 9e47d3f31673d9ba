package io.lighterage.supernode.torrent;

import java.io.IOException;

/** A torrent cannot be had; the message says why, for who asked. */
public final class LaneException extends IOException {
    private final int status;

    LaneException(int status, String message) {
        super(message);
        this.status = status;
    }

    LaneException(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The HTTP status that fits. */
    public int status() {
        return status;
    }
}
