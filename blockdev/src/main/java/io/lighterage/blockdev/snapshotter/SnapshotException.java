package io.lighterage.blockdev.snapshotter;

/** A call that a snapshotter refuses; the message ends with the words by which containerd knows the kind. */
final class SnapshotException extends Exception {
    private static final long serialVersionUID = 1;

    /** containerd's kinds of errors. */
    enum Kind {
        ALREADY_EXISTS("already exists"),
        NOT_FOUND("not found"),
        FAILED_PRECONDITION("failed precondition"),
        INVALID_ARGUMENT("invalid argument"),
        UNAVAILABLE("unavailable");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    private final Kind kind;
    private final boolean promise;

    SnapshotException(Kind kind, String what) {
        this(kind, what, null, false);
    }

    SnapshotException(Kind kind, String what, Throwable cause) {
        this(kind, what, cause, false);
    }

    private SnapshotException(Kind kind, String what, Throwable cause, boolean promise) {
        super(what + ": " + kind.words, cause);
        this.kind = kind;
        this.promise = promise;
    }

    /** Says that a layer need not be unpacked, by the kind of error that unpackers expect then. */
    static SnapshotException promise(String chain) {
        return new SnapshotException(Kind.ALREADY_EXISTS, "target snapshot \"" + chain + "\"", null, true);
    }

    /** Whether this is no failure. */
    boolean isPromise() {
        return promise;
    }

    Kind kind() {
        return kind;
    }

    static SnapshotException missing(String key) {
        return new SnapshotException(Kind.NOT_FOUND, "snapshot " + key + " does not exist");
    }

    static SnapshotException exists(String key) {
        return new SnapshotException(Kind.ALREADY_EXISTS, "snapshot " + key);
    }

    static SnapshotException precondition(String why) {
        return new SnapshotException(Kind.FAILED_PRECONDITION, why);
    }

    static SnapshotException invalid(String why) {
        return new SnapshotException(Kind.INVALID_ARGUMENT, why);
    }
}
