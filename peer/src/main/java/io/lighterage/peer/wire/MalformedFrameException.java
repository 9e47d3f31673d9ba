package io.lighterage.peer.wire;

import java.io.IOException;

/** The other side sent bytes that are not a frame of {@link WireFormat}; the message says what is wrong with them. */
final class MalformedFrameException extends IOException {
    MalformedFrameException(String message) {
        super(message);
    }

    MalformedFrameException(String message, Throwable cause) {
        super(message, cause);
    }
}
