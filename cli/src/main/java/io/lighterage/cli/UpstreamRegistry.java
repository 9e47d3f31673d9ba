package io.lighterage.cli;

import io.lighterage.proxy.Registry;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The registries that a client reaches, as a mirror asks them. */
final class UpstreamRegistry implements Registry {
    private static final String AUTHORIZATION = "authorization";

    private final RegistryClient client;

    /** Asks by {@code client}, whose time-outs hold. */
    UpstreamRegistry(RegistryClient client) {
        this.client = client;
    }

    @Override
    public Response ask(Request request) throws IOException, InterruptedException {
        RegistryResponse answer = client.request(translate(request));
        Map<String, String> headers = new LinkedHashMap<>();
        answer.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        return new Response(answer.status(), headers, new FilterInputStream(answer.body()) {
            @Override
            public void close() {
                answer.close();
            }
        });
    }

    private static RegistryRequest translate(Request request) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>(request.headers());
        String authorization = headers.remove(AUTHORIZATION);
        RegistryRequest.Method method = switch (request.method()) {
            case GET -> RegistryRequest.Method.GET;
            case HEAD -> RegistryRequest.Method.HEAD;
        };
        try {
            return new RegistryRequest(
                    method,
                    request.repository().registry(),
                    request.repository().name(),
                    request.path().substring(1),
                    request.query(),
                    headers,
                    authorization == null ? "" : authorization);
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot ask upstream for " + request + ": " + e.getMessage(), e);
        }
    }
}
