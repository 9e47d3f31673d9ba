package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers lists of tags and referrers: upstream's answer is passed on, nothing is kept. */
final class ListHandler {
    private static final Pattern LINK = Pattern.compile("<([^>?]*)(?:\\?([^>]*))?>(.*)");
    private static final Pattern NS = Pattern.compile("(?:^|&)ns=[^&]*");

    private final MirrorConfig config;
    private final Registry registry;

    ListHandler(MirrorConfig config, Registry registry) {
        this.config = config;
        this.registry = registry;
    }

    /** @param path what upstream is asked for below the repository */
    void handle(Call call, String path) throws IOException, RefusedException, InterruptedException {
        Repository repository = call.repository();
        String what = path.substring(1) + " of " + repository;
        String query = withoutNs(call.query());
        Registry.Request request = new Registry.Request(
                Registry.Method.GET, repository, path, query, call.asker().headers(), config.upstreamDeadline());
        Map<String, String> headers = new TreeMap<>();
        byte[] body;
        try (Registry.Response response = registry.ask(request)) {
            if (response.status() != 200) {
                throw UpstreamAnswers.refusal(response, what);
            }
            body = UpstreamAnswers.body(response, what);
            headers.put("Content-Type", response.header("content-type").orElse("application/json"));
            response.header("oci-filters-applied").ifPresent(value -> headers.put("OCI-Filters-Applied", value));
            response.header("link").flatMap(link -> here(link, call)).ifPresent(link -> headers.put("Link", link));
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
        call.answer(200, headers, body);
    }

    /** Upstream's link to the next page (RFC 5988), led through this mirror in the way that the client came. */
    private static Optional<String> here(String link, Call call) {
        Matcher parts = LINK.matcher(link);
        if (!parts.matches() || parts.group(2) == null) {
            return Optional.empty();
        }
        String ns = ns(call.query());
        String named = ns.isEmpty() ? "" : "&" + ns;
        return Optional.of("<" + call.path() + "?" + withoutNs(parts.group(2)) + named + ">" + parts.group(3));
    }

    /** The raw query without the parameter that names the registry, which is not for upstream. */
    static String withoutNs(String query) {
        return NS.matcher(query).replaceAll("").replaceFirst("^&", "");
    }

    /** The parameter that names the registry, as the client wrote it; empty without one. */
    static String ns(String query) {
        Matcher ns = NS.matcher(query);
        return ns.find() ? ns.group().replaceFirst("^&", "") : "";
    }
}
