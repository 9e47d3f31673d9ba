package io.lighterage.bench.lab;

import java.io.IOException;

/** Something of a lab cannot be made, is missing, or broke; the message says what. */
public final class LabException extends IOException {
    private static final long serialVersionUID = 1;

    public LabException(String message) {
        super(message);
    }

    public LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
