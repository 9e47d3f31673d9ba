package io.lighterage.supernode.upstream;

import java.io.IOException;
import java.net.URI;

/** A registry could not be reached, or its answer makes no sense. The message names the place, never a credential. */
public final class UpstreamException extends IOException {
    UpstreamException(String message, Throwable cause) {
        super(message, cause);
    }

    UpstreamException(String message) {
        super(message);
    }

    /** A URL fit for a message: what follows the path may be a signature, and user information a password. */
    static String place(URI uri) {
        return uri.getScheme() + "://" + uri.getHost()
                + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + uri.getRawPath();
    }
}
