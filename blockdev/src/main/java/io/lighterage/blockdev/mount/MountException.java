package io.lighterage.blockdev.mount;

import java.io.IOException;

/** An image could not be mounted, unmounted or opened; the message names the image or the directory, and says why. */
public final class MountException extends IOException {
    /** Whose fault it is. */
    public enum Reason {
        /** What was asked for makes no sense, such as a directory that is not there. */
        WRONG,
        /** Nothing of that name is here. */
        UNKNOWN,
        /** The directory is in use. */
        BUSY,
        /** The image cannot be had as a device now: the ordinary pull is the answer. */
        UNAVAILABLE
    }

    private final Reason reason;

    /** An error without a cause of its own. */
    public MountException(Reason reason, String message) {
        this(reason, message, null);
    }

    /** An error that another one led to. */
    public MountException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    static MountException unavailable(String image, Throwable cause) {
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new MountException(
                Reason.UNAVAILABLE, "cannot open " + image + " lazily: " + why + "; an ordinary pull of it still works", cause);
    }

    /** Whose fault it is. */
    public Reason reason() {
        return reason;
    }
}
