package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One request of the OCI distribution specification's pull API.
 *
 * @param method GET or HEAD
 * @param registry the registry's name as image references have it
 * @param repository the repository's name, or empty for what lies directly below {@code /v2/}
 * @param path what comes behind {@code /v2/<repository>/}, such as {@code manifests/latest}
 * @param query the raw query, without the question mark; may be empty
 * @param headers further headers, such as {@code Accept}, {@code Range}, {@code If-None-Match}
 * @param authorization the client's own {@code Authorization} header, or empty
 * @param own whether this process asks for itself, by credentials of our own if {@code authorization} is empty
 */
public record RegistryRequest(
        Method method,
        String registry,
        String repository,
        String path,
        String query,
        Map<String, String> headers,
        String authorization,
        boolean own) {
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9._:/@+=-]*");
    private static final Pattern QUERY = Pattern.compile("[A-Za-z0-9._:/@+=~!$'()*,;?&%-]*");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e\\t]*");
    private static final Set<String> NOT_HERE =
            Set.of("authorization", "cookie", "host", "connection", "content-length", "transfer-encoding", "upgrade",
                    "expect");

    /** What is asked for. */
    public enum Method {
        GET,
        HEAD
    }

    /**
     * @throws IllegalArgumentException if a part cannot stand in a request; the message never has the authorization
     */
    public RegistryRequest {
        if (!PATH.matcher(path).matches() || ("/" + path + "/").contains("/../")
                || ("/" + path + "/").contains("/./")) {
            throw new IllegalArgumentException("not a path of a registry: " + Quoted.of(path));
        }
        if (!QUERY.matcher(query).matches()) {
            throw new IllegalArgumentException("not a query of a registry: " + Quoted.of(query));
        }
        headers.forEach((name, value) -> {
            if (NOT_HERE.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("header " + name + " is not for the caller to set");
            }
            if (!HEADER_VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("header " + name + " has characters that it cannot have");
            }
        });
        if (!HEADER_VALUE.matcher(authorization).matches()) {
            throw new IllegalArgumentException("header Authorization has characters that it cannot have");
        }
        headers = Map.copyOf(headers);
    }

    /** A request for {@code path} of a repository. */
    public static RegistryRequest of(Method method, Repository repository, String path) {
        return new RegistryRequest(method, repository.registry(), repository.name(), path, "", Map.of(), "", false);
    }

    /** A GET of {@code /v2/} itself. */
    public static RegistryRequest ping(String registry) {
        return new RegistryRequest(Method.GET, registry, "", "", "", Map.of(), "", false);
    }

    /** This with a raw query. */
    public RegistryRequest withQuery(String rawQuery) {
        return new RegistryRequest(method, registry, repository, path, rawQuery, headers, authorization, own);
    }

    /** This with one more header; several values go in one, separated by commas. */
    public RegistryRequest withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new RegistryRequest(method, registry, repository, path, query, more, authorization, own);
    }

    /** This by the right of a client. */
    public RegistryRequest withAuthorization(String header) {
        return new RegistryRequest(method, registry, repository, path, query, headers, header, own);
    }

    /** This for this process itself, or not. */
    public RegistryRequest forSelf(boolean self) {
        return new RegistryRequest(method, registry, repository, path, query, headers, authorization, self);
    }

    /** Leaves the credential out, so that it cannot reach a log. */
    @Override
    public String toString() {
        return method + " " + registry + "/v2/" + (repository.isEmpty() ? "" : repository + "/") + path
                + (authorization.isEmpty() ? "" : " with credentials");
    }
}
