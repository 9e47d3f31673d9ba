package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.exchange.SupernodeLocator;
import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsFailure;
import io.lighterage.supernode.api.ExchangeAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks a supernode's HTTP port where its exchange is. */
final class SupernodeAddress implements SupernodeLocator, AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final URI supernode;
    private final Consumer<byte[]> grantKey;
    private final HttpClient client;

    /**
     * @param supernode base URL of its HTTP port
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     * @param grantKey is told the key by which its grants are checked
     */
    SupernodeAddress(URI supernode, Optional<TlsContext> tls, Consumer<byte[]> grantKey) {
        this.supernode = supernode;
        this.grantKey = grantKey;
        this.client = TlsClient.secure(HttpClient.newBuilder(), tls)
                .connectTimeout(PATIENCE)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /**
     * Asks now.
     *
     * @throws IOException if it does not answer in time or not as a supernode; the message names it
     */
    @Override
    public InetSocketAddress locate() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(supernode + ExchangeAddress.PATH))
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IOException("it answers with status " + answer.statusCode());
            }
            ExchangeAddress address = JSON.readValue(answer.body(), ExchangeAddress.class);
            if (address.grantKey() != null && !address.grantKey().isEmpty()) {
                grantKey.accept(Base64.getDecoder().decode(address.grantKey()));
            }
            String host = address.host() == null || address.host().isEmpty() ? supernode.getHost() : address.host();
            return new InetSocketAddress(host, address.port());
        } catch (IOException | IllegalArgumentException e) {
            String why = e.getMessage() == null ? "nothing answers" : e instanceof IOException io
                    ? TlsFailure.explain(io)
                    : e.getMessage();
            throw new IOException("supernode " + supernode + ": " + why, e);
        }
    }

    /** Its exchange is where its HTTP port says, but it is the host of the URL all the same. */
    @Override
    public String certifiedHost() {
        return supernode.getHost().replaceAll("[\\[\\]]", "");
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
