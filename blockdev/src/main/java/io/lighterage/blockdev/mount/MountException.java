package io.lighterage.blockdev.mount;

import java.io.IOException;

/** A mount or unmount that could not be done; the message names the directory and what the operator can do. */
public final class MountException extends IOException {
    private static final long serialVersionUID = 1;

    MountException(String message, Throwable cause) {
        super(message, cause);
    }

    MountException(String message) {
        super(message);
    }
}
