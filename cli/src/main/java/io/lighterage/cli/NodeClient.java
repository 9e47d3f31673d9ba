package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsException;
import io.lighterage.supernode.api.MountAnswer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Asks a node's HTTP port to change its mounts. */
final class NodeClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Caller caller;

    /**
     * @param node base URL of its mirror
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     * @throws TlsException if a file of {@code tls} cannot be used; the message names it
     */
    NodeClient(URI node, Optional<TlsConfig> tls) throws TlsException {
        this.caller = new Caller(node, "no node", tls);
    }

    /** A question to {@code path}. */
    HttpRequest.Builder request(String path) {
        return caller.request(path);
    }

    /**
     * Asks, and waits for the end of the answer.
     *
     * @param each takes every line but an error
     * @throws IOException with the node's error, or because it does not answer
     */
    void ask(HttpRequest request, Consumer<MountAnswer> each) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = caller.send(request, HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            for (Iterator<String> line = lines.iterator(); line.hasNext(); ) {
                MountAnswer answer = answer(request, response.statusCode(), line.next());
                if (answer.error() != null) {
                    throw new IOException(answer.error());
                }
                each.accept(answer);
            }
        }
        if (response.statusCode() != 200) {
            throw new IOException(request.uri() + " answers with status " + response.statusCode());
        }
    }

    private static MountAnswer answer(HttpRequest request, int status, String line) throws IOException {
        try {
            return JSON.readValue(line, MountAnswer.class);
        } catch (IOException e) {
            throw new IOException(request.uri() + " answers with status " + status + " and not as a node", e);
        }
    }

    @Override
    public void close() {
        caller.close();
    }
}
