package io.lighterage.supernode.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which servers have asked not to be asked for a while (status 429 or 503 with {@code Retry-After}, RFC 6585 section
 * 4), so that what one request was told holds for all. Registries count by account, and by address for those without
 * one; so does this.
 *
 * <p>Safe for use by several threads; {@code closed} is guarded by this.
 */
final class RateLimits {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimits.class);
    private static final int MOST = 4096;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A server that tells a later time than this is not believed: its clock or its mind is wrong. */
    private static final Duration LONGEST = Duration.ofHours(24);

    private final LongSupplier clockNs;

    /** By server and account, when it may be asked again by the clock. */
    private final Map<String, Long> closed = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST;
        }
    };

    RateLimits(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    /** How long this server is not to be asked yet by this account. */
    synchronized Optional<Duration> wait(URI uri, String authorization) {
        Long until = closed.isEmpty() ? null : closed.get(key(uri, authorization));
        if (until == null) {
            return Optional.empty();
        }
        long leftNs = until - clockNs.getAsLong();
        if (leftNs <= 0) {
            closed.remove(key(uri, authorization));
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(leftNs));
    }

    /** The server wants nothing of this account for so long. */
    synchronized void close(URI uri, String authorization, Duration wait) {
        Duration bounded = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        if (bounded.isPositive()) {
            closed.put(key(uri, authorization), clockNs.getAsLong() + bounded.toNanos());
        }
    }

    private static String key(URI uri, String authorization) {
        return uri.getScheme() + "://" + uri.getRawAuthority() + " " + account(authorization);
    }

    /**
     * Stands for the account behind a credential: the user of a password, the issuer and subject of a token that tells
     * them (RFC 7519), else the credential itself. Empty for nobody in particular. Not verified: it only groups
     * requests whose limits the registry has told.
     */
    static String account(String authorization) {
        String[] words = authorization.strip().split("\\s+", 2);
        if (words.length < 2) {
            return "";
        }
        return switch (words[0].toLowerCase(Locale.ROOT)) {
            case "basic" -> "user " + hash(decoded(Base64.getDecoder(), words[1])
                    .map(user -> user.replaceFirst("(?s):.*", ""))
                    .orElse(words[1]));
            case "bearer" -> subject(words[1]).orElseGet(() -> "token " + hash(words[1]));
            default -> "other " + hash(authorization);
        };
    }

    private static Optional<String> subject(String token) {
        String[] parts = token.split("\\.");
        if (parts.length != 3) {
            return Optional.empty();
        }
        return decoded(Base64.getUrlDecoder(), parts[1]).flatMap(RateLimits::claims).map(claims -> {
            String subject = claims.path("sub").asText("");
            return subject.isEmpty() ? "" : "subject " + hash(claims.path("iss").asText("") + " " + subject);
        });
    }

    private static Optional<JsonNode> claims(String text) {
        try {
            return Optional.ofNullable(JSON.readTree(text)).filter(JsonNode::isObject);
        } catch (JsonProcessingException e) {
            LOG.debug("a token does not tell its subject");
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory cannot fail", e);
        }
    }

    private static Optional<String> decoded(Base64.Decoder decoder, String text) {
        try {
            return Optional.of(new String(decoder.decode(text.strip()), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            LOG.debug("a credential is not Base64");
            return Optional.empty();
        }
    }

    private static String hash(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex();
    }
}
