package io.lighterage.blockdev.image;

/** A document is not a device map; the message says at which field. */
public final class InvalidDeviceMapException extends Exception {
    InvalidDeviceMapException(String message, Throwable cause) {
        super(message, cause);
    }

    InvalidDeviceMapException(String message) {
        super(message);
    }
}
