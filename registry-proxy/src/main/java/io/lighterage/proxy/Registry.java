package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the mirror asks of whoever is upstream of it: manifests, the HEAD of blobs, lists of tags, referrers. On a
 * supernode that is the registry itself, on a node the supernode's mirror. The bytes of blobs go through the exchange.
 *
 * <p>Safe for use by several threads. An implementation follows redirects and fetches tokens by itself where it has
 * credentials of its own; a client's {@code Authorization} header, where the request has one, is sent as it is.
 */
@FunctionalInterface
public interface Registry {
    /**
     * Asks once and waits for the head of the answer. An answer of any status is an answer, not an error.
     *
     * @throws IOException if no answer could be had within the request's deadline; the message names who was asked
     */
    Response ask(Request request) throws IOException, InterruptedException;

    /**
     * Asks for {@code /v2/} itself, whose answer tells a client how to log in. A registry that tells nothing of that is
     * open.
     *
     * @param registry its name
     * @param authorization the client's {@code Authorization} header, or empty
     * @throws IOException as {@link #ask}
     */
    default Response ping(String registry, String authorization, Duration deadline)
            throws IOException, InterruptedException {
        return new Response(200, Map.of("content-type", "application/json"), InputStream.nullInputStream());
    }

    /** The methods of a pull. */
    enum Method {
        GET,
        HEAD
    }

    /**
     * One question.
     *
     * @param path what follows {@code /v2/<name>}, such as {@code /manifests/latest}
     * @param query the raw query without its question mark, or empty
     * @param headers those of the client that upstream needs ({@code accept}, {@code authorization},
     *     {@code if-none-match}), under lower-case names; several lines of one name are joined by commas
     * @param deadline how long the answer, body included, may take
     */
    record Request(
            Method method,
            Repository repository,
            String path,
            String query,
            Map<String, String> headers,
            Duration deadline) {
        public Request {
            headers = lowerCased(headers);
        }

        /** Leaves the headers out, so that no credential can reach a log. */
        @Override
        public String toString() {
            return method + " " + repository + " " + path + (query.isEmpty() ? "" : "?" + query);
        }
    }

    /**
     * The answer. Whoever asked closes it, which closes the body.
     *
     * @param headers under lower-case names; several lines of one name are joined by commas
     * @param body empty after HEAD
     */
    record Response(int status, Map<String, String> headers, InputStream body) implements AutoCloseable {
        public Response {
            headers = lowerCased(headers);
        }

        /** The header of this lower-case name. */
        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    private static Map<String, String> lowerCased(Map<String, String> headers) {
        Map<String, String> lower = new TreeMap<>();
        headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
        return Map.copyOf(lower);
    }
}
