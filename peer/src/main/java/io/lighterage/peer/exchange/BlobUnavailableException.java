package io.lighterage.peer.exchange;

import java.io.IOException;

/** A blob, or a part of it, could not be had; the message names the digest and why. */
public class BlobUnavailableException extends IOException {
    public BlobUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    public BlobUnavailableException(String message) {
        super(message);
    }
}
