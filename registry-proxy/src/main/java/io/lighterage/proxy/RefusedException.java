package io.lighterage.proxy;

import java.util.Map;

/** A request cannot be answered with what it asks for; carries the HTTP answer that says so. */
final class RefusedException extends Exception {
    private final int status;
    private final transient Map<String, String> headers;
    private final transient byte[] body;

    /** An answer whose {@code body} is an OCI error already. */
    RefusedException(int status, Map<String, String> headers, byte[] body, String message) {
        super(message);
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body.clone();
    }

    /** An answer of this mirror; {@code detail} quotes the input at fault. */
    static RefusedException of(int status, String code, String message, String detail) {
        return new RefusedException(status, Map.of(), OciError.body(code, message, detail), message);
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    byte[] body() {
        return body.clone();
    }
}
