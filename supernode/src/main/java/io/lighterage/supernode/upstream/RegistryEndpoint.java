package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.Quoted;
import java.net.URI;

/**
 * Where the requests for a registry go.
 *
 * @param base the URL that {@code /v2/} is appended to; http or https, without query
 */
public record RegistryEndpoint(URI base) {
    public RegistryEndpoint {
        check(base);
    }

    static void check(URI url) {
        boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!http || url.getHost() == null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("not the URL of a registry (http or https, a host): "
                    + Quoted.of(url.toString()));
        }
        if (url.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "credentials belong in a Docker config.json, not in the URL of registry " + url.getHost());
        }
    }

    URI resolve(RegistryRequest request) {
        String root = base.toString();
        StringBuilder url = new StringBuilder(root.endsWith("/") ? root.substring(0, root.length() - 1) : root);
        url.append("/v2/");
        if (!request.repository().isEmpty()) {
            url.append(request.repository()).append('/');
        }
        url.append(request.path());
        if (!request.query().isEmpty()) {
            url.append('?').append(request.query());
        }
        return URI.create(url.toString());
    }
}
