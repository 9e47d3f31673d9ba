package io.lighterage.bench.masspull;

import java.io.IOException;

/** The scene of a measurement cannot be made, or broke; the message says what is missing or what died. */
public final class SceneException extends IOException {
    private static final long serialVersionUID = 1;

    public SceneException(String message) {
        super(message);
    }

    public SceneException(String message, Throwable cause) {
        super(message, cause);
    }
}
