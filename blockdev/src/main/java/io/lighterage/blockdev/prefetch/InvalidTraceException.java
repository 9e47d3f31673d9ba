package io.lighterage.blockdev.prefetch;

/** A trace cannot be used; the message names what is wrong with it. */
public final class InvalidTraceException extends Exception {
    public InvalidTraceException(String message) {
        super(message);
    }

    public InvalidTraceException(String message, Throwable cause) {
        super(message, cause);
    }
}
