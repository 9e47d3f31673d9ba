package io.lighterage.blockdev.image;

import java.io.IOException;

/** A tree holds something that EROFS cannot hold. The message names the file and what is wrong with it. */
public final class ErofsLimitException extends IOException {
    private static final long serialVersionUID = 1;

    ErofsLimitException(String message) {
        super(message);
    }
}
