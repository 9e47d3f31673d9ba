package io.lighterage.peer.store;

import java.io.IOException;

/** The store cannot do what was asked; the message names the directory or blob and the mend. */
public final class StoreException extends IOException {
    /** What went wrong, for callers that act on it. */
    public enum Reason {
        /** The data directory cannot be made or written. */
        NOT_WRITABLE,
        /** Another process owns the data directory. */
        IN_USE,
        /** The data directory was written by a version that this one cannot read. */
        OTHER_VERSION,
        /** The blob exists with another length or chunk length. */
        CONFLICT,
        /** The blob was withdrawn. */
        WITHDRAWN,
        /** No room on the disk. */
        DISK_FULL,
        /** The disk or database failed. */
        FAILED
    }

    private final Reason reason;

    public StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public StoreException(Reason reason, String message) {
        this(reason, message, null);
    }

    /** What went wrong. */
    public Reason reason() {
        return reason;
    }
}
