package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsFailure;
import io.lighterage.supernode.api.MountAnswer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Asks a node's HTTP port to change its mounts. */
final class NodeClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final URI node;
    private final HttpClient client;

    /**
     * @param node base URL of its mirror
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     */
    NodeClient(URI node, Optional<TlsContext> tls) {
        this.node = node;
        this.client = TlsClient.secure(HttpClient.newBuilder(), tls)
                .connectTimeout(CONNECT)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** A question to {@code path}. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(node + path));
    }

    /**
     * Asks, and waits for the end of the answer.
     *
     * @param each takes every line but an error
     * @throws IOException with the node's error, or because it does not answer
     */
    void ask(HttpRequest request, Consumer<MountAnswer> each) throws IOException, InterruptedException {
        try {
            HttpResponse<Stream<String>> response = client.send(request, HttpResponse.BodyHandlers.ofLines());
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
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException("no node answers at " + node, e);
        } catch (SSLException e) {
            throw new IOException(node + " cannot be asked: " + TlsFailure.explain(e), e);
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
        client.shutdownNow();
    }
}
