package io.lighterage.peer.content;

/** Text that should name an image or a repository does not; the message quotes it and says why. */
public final class InvalidReferenceException extends IllegalArgumentException {
    InvalidReferenceException(String text, String why) {
        super("not an image reference: " + Quoted.of(text) + ": " + why);
    }
}
