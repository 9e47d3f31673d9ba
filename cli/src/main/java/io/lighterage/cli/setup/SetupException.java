package io.lighterage.cli.setup;

/** A host's files cannot be changed as asked; the message names the file and says why. Nothing was written. */
public final class SetupException extends RuntimeException {
    SetupException(String message) {
        super(message);
    }

    SetupException(String message, Throwable cause) {
        super(message, cause);
    }
}
