package io.lighterage.blockdev.mount;

import java.io.IOException;

/** An image cannot be opened lazily now; the message names it and says why. An ordinary pull is the answer. */
public final class ImageUnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    ImageUnavailableException(String image, Throwable cause) {
        super(
                "cannot open " + image + " lazily: "
                        + (cause.getMessage() == null ? cause.toString() : cause.getMessage())
                        + "; an ordinary pull of it still works",
                cause);
    }
}
