package io.lighterage.supernode.convert;

import java.io.IOException;

/** An image cannot be brought in or converted; the message names it and says why. */
public final class ConversionException extends IOException {
    /** Status of an image that cannot be converted, whoever asks and whenever. */
    static final int UNFIT = 422;

    /** Status of a failure of upstream. */
    static final int UPSTREAM = 502;

    /** Status of a supernode that is shutting down. */
    static final int CLOSING = 503;

    /** Status of a full disk. */
    static final int NO_ROOM = 507;

    /** Status of any failure here. */
    static final int FAULT = 500;

    private final int status;

    ConversionException(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    ConversionException(int status, String message) {
        this(status, message, null);
    }

    /**
     * The HTTP status that fits: the registry's own where it refuses, 422 for an image that cannot be converted, 502
     * where the registry fails, 503 while shutting down, 507 for a full disk, else 500.
     */
    public int status() {
        return status;
    }
}
