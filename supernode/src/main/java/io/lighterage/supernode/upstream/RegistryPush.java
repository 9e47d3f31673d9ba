package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.Repository;
import java.io.InputStream;
import java.util.Map;

/**
 * One request of a push, by the OCI distribution specification's push API.
 *
 * @param method POST, PUT, PATCH, DELETE, or GET of an upload's state
 * @param path what comes behind {@code /v2/<repository>/}
 * @param query the raw query, without the question mark; may be empty
 * @param headers further headers, such as {@code Content-Type} and {@code Content-Range}
 * @param authorization the client's own {@code Authorization} header, or empty for none: nobody pushes by our right
 * @param body what is sent
 * @param length bytes of the body, or -1 if that is not known
 */
public record RegistryPush(
        String method,
        Repository repository,
        String path,
        String query,
        Map<String, String> headers,
        String authorization,
        InputStream body,
        long length) {
    /**
     * @throws IllegalArgumentException if a part cannot stand in a request; the message never has the authorization
     */
    public RegistryPush {
        if (!method.matches("POST|PUT|PATCH|DELETE|GET")) {
            throw new IllegalArgumentException("not the method of a push");
        }
        headers = Map.copyOf(headers);
    }

    /** Where it goes; also checks what goes there. */
    RegistryRequest place() {
        return new RegistryRequest(
                RegistryRequest.Method.GET,
                repository.registry(),
                repository.name(),
                path,
                query,
                headers,
                authorization,
                false);
    }

    /** Leaves the credential out, so that it cannot reach a log. */
    @Override
    public String toString() {
        return method + " " + repository + "/" + path;
    }
}
