package io.lighterage.supernode.torrent;

import java.io.IOException;

/** Bytes or text of another are not what BitTorrent says they must be; the message says what is wrong. */
public final class MalformedException extends IOException {
    MalformedException(String message) {
        super(message);
    }
}
