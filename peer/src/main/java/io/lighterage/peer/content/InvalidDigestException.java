package io.lighterage.peer.content;

/** Text that should name a blob is not a sha256 digest; the message quotes it. */
public final class InvalidDigestException extends IllegalArgumentException {
    InvalidDigestException(String text) {
        super("not a sha256 digest (sha256: and 64 lower-case hex digits): " + Quoted.of(text));
    }
}
