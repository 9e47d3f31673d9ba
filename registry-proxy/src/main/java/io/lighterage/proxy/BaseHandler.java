package io.lighterage.proxy;

import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /v2/}, by which clients find out that this is a registry and how to log in: as the registry that is
 * named in {@code ?ns=}, or that this mirror speaks for. For none, it is open.
 */
final class BaseHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BaseHandler.class);

    private final MirrorConfig config;
    private final Registry registry;

    BaseHandler(MirrorConfig config, Registry registry) {
        this.config = config;
        this.registry = registry;
    }

    /** @param ns the registry that the request names, if it does */
    void handle(Call call, Optional<String> ns) throws IOException, RefusedException, InterruptedException {
        Optional<String> name = ns.or(config::speaksFor);
        if (name.isPresent()) {
            check(name.get());
            try (Registry.Response answer = registry.ping(name.get(), call.asker().authorization(),
                    config.upstreamDeadline())) {
                if (answer.status() == 401 || answer.status() == 403) {
                    throw UpstreamAnswers.refusal(answer, "/v2/ of " + name.get());
                }
            } catch (IOException e) {
                // Who needs no credentials goes on; a challenge for others is in the answers that follow.
                LOG.warn("/v2/ of {} is taken to be open: {}", name.get(), e.getMessage());
            }
        }
        Map<String, String> headers = new TreeMap<>(Map.of("Content-Type", "application/json"));
        call.answer(200, headers, "{}".getBytes(StandardCharsets.US_ASCII));
    }

    private static void check(String name) throws RefusedException {
        try {
            new Repository(name, "library/any");
        } catch (InvalidReferenceException e) {
            throw RefusedException.of(400, OciError.NAME_INVALID, "no registry: " + Quoted.of(name), name);
        }
    }
}
