package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.Locale;

/** Takes pushes to the registries themselves. Safe for use by several threads. */
@FunctionalInterface
public interface PushUpstream {
    /**
     * Sends once, without credentials other than the client's, and waits for the head of the answer. An answer of any
     * status is an answer. Its {@code location}, if that leads to the same registry, is a path that begins with
     * {@code /v2/}.
     *
     * @throws IOException if no answer could be had; the message names who was asked
     */
    Registry.Response push(Push push) throws IOException, InterruptedException;

    /**
     * One request of a push.
     *
     * @param method POST, PUT, PATCH, DELETE, or GET of an upload's state
     * @param path what follows {@code /v2/<name>}, such as {@code /blobs/uploads/}
     * @param query the raw query without its question mark, or empty
     * @param headers those of the client that a push needs, under lower-case names
     * @param body read to its end by whoever sends it, closed by whoever made it
     * @param length bytes of the body, or -1 if that is not known
     */
    record Push(
            String method,
            Repository repository,
            String path,
            String query,
            Map<String, String> headers,
            InputStream body,
            long length) {
        public Push {
            Map<String, String> lower = new TreeMap<>();
            headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
            headers = Map.copyOf(lower);
        }

        /** Leaves the headers out, so that no credential can reach a log. */
        @Override
        public String toString() {
            return method + " " + repository + " " + path;
        }
    }
}
