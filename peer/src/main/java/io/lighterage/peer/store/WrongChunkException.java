package io.lighterage.peer.store;

import io.lighterage.peer.content.Digest;

/** A chunk's bytes are not those that its blob's table promises; whoever sent them is to blame. */
public final class WrongChunkException extends Exception {
    public WrongChunkException(Digest blob, int index, String why) {
        super("chunk " + index + " of " + blob + ": " + why);
    }
}
