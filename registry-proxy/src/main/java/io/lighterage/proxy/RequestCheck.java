package io.lighterage.proxy;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Map;

/** Refuses requests whose framing or addressing two readers could understand differently (RFC 9112, section 11.2). */
final class RequestCheck {
    private static final Map<String, String> CLOSE = Map.of("Connection", "close");

    private RequestCheck() {}

    /**
     * Checks what every request must have.
     *
     * @throws RefusedException with status 400 if it has none or several of the header {@code Host} (RFC 9112, section 3.2)
     */
    static void host(HttpServerRequest request, Counters counters) throws RefusedException {
        List<String> hosts = request.headers().getAll("Host");
        boolean old = request.version() == HttpVersion.HTTP_1_0;
        if (hosts.size() > 1 || hosts.isEmpty() && !old) {
            counters.rejected(Rejection.MALFORMED);
            throw refused("a request names one host, not " + hosts.size(), "Host");
        }
    }

    /**
     * Checks a request that reads.
     *
     * @throws RefusedException with status 400 if it has a body, which would mean nothing (RFC 9110, section 9.3.1)
     */
    static void noBody(HttpServerRequest request, Counters counters) throws RefusedException {
        String length = request.getHeader("Content-Length");
        boolean empty = length == null || length.equals("0");
        if (!empty || request.headers().contains("Transfer-Encoding")) {
            counters.rejected(Rejection.BODY);
            throw refused("a " + request.method().name() + " has no body", "Content-Length");
        }
    }

    /** The connection is not used again: what follows on it may not be what the client thinks. */
    private static RefusedException refused(String message, String detail) {
        return new RefusedException(400, CLOSE, OciError.body(OciError.UNSUPPORTED, message, detail), message);
    }
}
