package io.lighterage.blockdev.image;

import java.io.IOException;

/** An OCI image layout that lacks what was asked for, or is not one. The message names the file or image. */
public final class LayoutException extends IOException {
    LayoutException(String message) {
        super(message);
    }

    LayoutException(String message, Throwable cause) {
        super(message, cause);
    }
}
