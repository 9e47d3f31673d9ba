package io.lighterage.proxy;

import io.lighterage.peer.content.Quoted;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Reads the answers of a {@link Registry}: bodies of bounded size, and refusals that are passed on. */
final class UpstreamAnswers {
    private static final int LONGEST_ERROR = 64 << 10;

    private UpstreamAnswers() {}

    /**
     * Reads the whole body.
     *
     * @param what names it in the error
     * @throws RefusedException if it is longer than {@link ManifestDocument#LONGEST}; it is not read further than that
     * @throws IOException if it ends before its {@code Content-Length}
     */
    static byte[] body(Registry.Response response, String what) throws IOException, RefusedException {
        long announced = announced(response);
        if (announced > ManifestDocument.LONGEST) {
            throw tooLong(what, announced + " bytes");
        }
        byte[] body = response.body().readNBytes(ManifestDocument.LONGEST + 1);
        if (body.length > ManifestDocument.LONGEST) {
            throw tooLong(what, "more bytes");
        }
        boolean plain = response.header("content-encoding").isEmpty();
        if (announced >= 0 && plain && body.length != announced) {
            throw new IOException(what + " ended after " + body.length + " of " + announced + " bytes");
        }
        return body;
    }

    /** The {@code Content-Length}, or -1 if there is none that can be read. */
    static long announced(Registry.Response response) {
        String length = response.header("content-length").orElse("");
        return length.matches("[0-9]{1,18}") ? Long.parseLong(length) : -1;
    }

    private static RefusedException tooLong(String what, String length) {
        return RefusedException.of(
                502, OciError.MANIFEST_INVALID, what + " is larger than 4 MiB: upstream sends " + length, what);
    }

    /** Upstream's refusal as it goes to the client: status, challenge, retry time, and its body if that is an OCI error. */
    static RefusedException refusal(Registry.Response response, String what) throws IOException {
        int upstream = response.status();
        int status = upstream >= 400 && upstream < 500 || upstream == 503 || upstream == 504 ? upstream : 502;
        Map<String, String> headers = new TreeMap<>();
        response.header("www-authenticate").ifPresent(value -> headers.put("WWW-Authenticate", value));
        response.header("retry-after").ifPresent(value -> headers.put("Retry-After", value));
        byte[] body = response.body().readNBytes(LONGEST_ERROR);
        String message = what + ": upstream answered with status " + upstream;
        if (!OciError.isOne(body)) {
            body = OciError.body(code(upstream, what), message, excerpt(body));
        }
        return new RefusedException(status, headers, body, message);
    }

    private static String code(int status, String what) {
        if (status == 404 && what.startsWith("manifest ")) {
            return OciError.MANIFEST_UNKNOWN;
        }
        return status == 404 && what.startsWith("blob ") ? OciError.BLOB_UNKNOWN : OciError.codeOf(status);
    }

    /** The answer when upstream gave none. */
    static RefusedException unreachable(IOException cause, String what) {
        boolean late = cause instanceof HttpTimeoutException || cause instanceof SocketTimeoutException;
        return RefusedException.of(
                late ? 504 : 503, OciError.UNAVAILABLE, what + ": upstream cannot be asked: " + cause.getMessage(), what);
    }

    private static String excerpt(byte[] body) {
        return body.length == 0 ? "" : Quoted.of(new String(body, StandardCharsets.UTF_8));
    }
}
