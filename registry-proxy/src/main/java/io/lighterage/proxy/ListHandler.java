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
        String query = NS.matcher(call.query()).replaceAll("").replaceFirst("^&", "");
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
        String query = NS.matcher(parts.group(2)).replaceAll("").replaceFirst("^&", "");
        Matcher ns = NS.matcher(call.query());
        String named = ns.find() ? "&" + ns.group().replaceFirst("^&", "") : "";
        return Optional.of("<" + call.path() + "?" + query + named + ">" + parts.group(3));
    }
}
