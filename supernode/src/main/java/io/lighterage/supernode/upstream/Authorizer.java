package io.lighterage.supernode.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Quoted;
import io.lighterage.supernode.upstream.RegistryRequest.Method;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers challenges with credentials of our own, or with a token for everybody: the token flow of the distribution
 * specification ({@code docs/spec/auth}) and HTTP Basic. What a registry once challenged a repository with is
 * remembered, so that later requests bring their token along. Tokens live in memory until shortly before they expire,
 * at most {@value #MOST_TOKENS} of them.
 *
 * <p>{@code remembered}, {@code tokens} and {@code secrets} are guarded by their own monitors, each token by its lock,
 * which also makes its fetch a single flight.
 */
final class Authorizer {
    private static final Logger LOG = LoggerFactory.getLogger(Authorizer.class);
    private static final int MOST_TOKENS = 4096;
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final long DEFAULT_LIFE_SECONDS = 60;
    private static final long LONGEST_LIFE_SECONDS = 24 * 3600;
    private static final long SECRETS_LIVE_NS = TimeUnit.MINUTES.toNanos(5);

    private final Optional<DockerConfig> dockerConfig;
    private final Sender sender;
    private final int retries;
    private final long waitMillis;
    private final Map<Place, Challenge> remembered = bounded();
    private final Map<TokenKey, Token> tokens = bounded();
    private final Map<String, Secret> secrets = bounded();
    final LongAdder fetched = new LongAdder();

    private record Place(String registry, String repository, boolean own) {}

    private record TokenKey(String registry, String realm, String service, String scope, boolean own) {}

    private record Secret(Optional<Credentials> credentials, long readNs) {}

    private static final class Token {
        final ReentrantLock lock = new ReentrantLock();
        String value = "";
        long expiresNs;
    }

    Authorizer(UpstreamConfig config, Sender sender) throws IOException {
        this.dockerConfig = config.dockerConfig().isPresent()
                ? Optional.of(new DockerConfig(config.dockerConfig().get()))
                : Optional.empty();
        this.sender = sender;
        this.retries = config.retries();
        this.waitMillis = config.responseTimeout().plus(config.stallTimeout()).toMillis();
    }

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST_TOKENS;
            }
        };
    }

    /** The header to send at once, because this place asked for one before. */
    Optional<String> known(URI registryUri, RegistryRequest request) throws IOException, InterruptedException {
        Challenge challenge;
        synchronized (remembered) {
            challenge = remembered.get(place(request));
        }
        return challenge == null ? Optional.empty() : answer(registryUri, request, challenge, "");
    }

    /**
     * The header that answers a 401; empty if there is no answer, and the 401 is the client's.
     *
     * @param refused the header that was sent and not taken, or empty
     */
    Optional<String> answer(URI registryUri, RegistryRequest request, List<Challenge> challenges, String refused)
            throws IOException, InterruptedException {
        for (String scheme : List.of("bearer", "basic")) {
            for (Challenge challenge : challenges) {
                if (challenge.scheme().equals(scheme)) {
                    Optional<String> header = answer(registryUri, request, challenge, refused);
                    if (header.isPresent()) {
                        synchronized (remembered) {
                            remembered.put(place(request), challenge);
                        }
                        return header.filter(h -> !h.equals(refused));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Place place(RegistryRequest request) {
        String name = request.repository().isEmpty() ? "/" + request.path() : request.repository();
        return new Place(request.registry(), name, request.own());
    }

    /** Whether there are credentials of our own for the registry. */
    boolean hasCredentials(String registry) throws InterruptedException {
        return credentials(registry).isPresent();
    }

    private Optional<String> answer(URI registryUri, RegistryRequest request, Challenge challenge, String refused)
            throws IOException, InterruptedException {
        if (challenge.scheme().equals("basic")) {
            Optional<Credentials> ours = request.own() ? credentials(request.registry()) : Optional.empty();
            return ours.filter(Credentials::hasPassword).map(Credentials::basic);
        }
        Optional<String> realm = challenge.parameter("realm");
        if (realm.isEmpty()) {
            LOG.warn("registry {} names no token server in its challenge", request.registry());
            return Optional.empty();
        }
        String scope = challenge
                .parameter("scope")
                .orElse(request.repository().isEmpty() ? "" : "repository:" + request.repository() + ":pull");
        String service = challenge.parameter("service").orElse("");
        TokenKey key = new TokenKey(request.registry(), realm.get(), service, scope, request.own());
        return token(key, realm(registryUri, realm.get()), refused).map(token -> "Bearer " + token);
    }

    private static URI realm(URI registryUri, String text) throws UpstreamException {
        try {
            URI realm = new URI(text);
            boolean plain = "http".equalsIgnoreCase(realm.getScheme());
            if (realm.getHost() == null || !plain && !"https".equalsIgnoreCase(realm.getScheme())) {
                throw new UpstreamException("not the URL of a token server: " + Quoted.of(text));
            }
            if (plain && !"http".equalsIgnoreCase(registryUri.getScheme())) {
                throw new UpstreamException("registry " + registryUri.getHost()
                        + " names a token server without TLS, which gets no credentials: "
                        + UpstreamException.place(realm));
            }
            return realm;
        } catch (URISyntaxException e) {
            throw new UpstreamException("not the URL of a token server: " + Quoted.of(text), e);
        }
    }

    private Optional<String> token(TokenKey key, URI realm, String refused) throws IOException, InterruptedException {
        Token token;
        synchronized (tokens) {
            token = tokens.computeIfAbsent(key, k -> new Token());
        }
        if (!token.lock.tryLock(waitMillis, TimeUnit.MILLISECONDS)) {
            throw new UpstreamException("waited " + waitMillis + " ms for a token of "
                    + UpstreamException.place(realm));
        }
        try {
            boolean valid = !token.value.isEmpty() && System.nanoTime() - token.expiresNs < 0;
            if (!valid || refused.equals("Bearer " + token.value)) {
                token.value = "";
                fetch(key, realm, token);
            }
            return Optional.of(token.value).filter(value -> !value.isEmpty());
        } finally {
            token.lock.unlock();
        }
    }

    private void fetch(TokenKey key, URI realm, Token into) throws IOException, InterruptedException {
        Optional<Credentials> own = key.own ? credentials(key.registry) : Optional.empty();
        fetched.increment();
        try (RegistryResponse response = ask(key, realm, own)) {
            int status = response.status();
            if (status >= 400 && status < 500 && status != 429) {
                LOG.warn("token server {} refuses {} with status {}",
                        UpstreamException.place(realm), key.scope, status);
                return;
            }
            if (status != 200) {
                throw new UpstreamException("token server " + UpstreamException.place(realm)
                        + " answers with status " + status);
            }
            read(response.bytes(LONGEST_ANSWER), realm, into);
        }
    }

    private RegistryResponse ask(TokenKey key, URI realm, Optional<Credentials> own)
            throws IOException, InterruptedException {
        Map<String, String> fields = new LinkedHashMap<>();
        if (!key.service.isEmpty()) {
            fields.put("service", key.service);
        }
        if (!key.scope.isEmpty()) {
            fields.put("scope", key.scope);
        }
        if (own.isPresent() && !own.get().identityToken().isEmpty()) {
            fields.put("grant_type", "refresh_token");
            fields.put("client_id", "lighterage");
            fields.put("refresh_token", own.get().identityToken());
            return sender.post(realm, form(fields));
        }
        String query = form(fields);
        String url = realm.toString();
        URI full = query.isEmpty() ? realm : URI.create(url + (realm.getRawQuery() == null ? "?" : "&") + query);
        String basic = own.filter(Credentials::hasPassword).map(Credentials::basic).orElse("");
        return sender.send(Method.GET, full, Map.of("Accept", "application/json"), basic, retries);
    }

    private static String form(Map<String, String> fields) {
        StringBuilder form = new StringBuilder();
        fields.forEach((name, value) -> form.append(form.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return form.toString();
    }

    private static void read(byte[] body, URI realm, Token into) throws IOException {
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(body);
        } catch (JsonProcessingException e) {
            // The parser's message may quote the token.
            throw new UpstreamException("the answer of token server "
                    + UpstreamException.place(realm) + " is not JSON");
        }
        String value = json.path("token").asText("");
        value = value.isEmpty() ? json.path("access_token").asText("") : value;
        if (!value.matches("[\\x21-\\x7e]+")) {
            throw new UpstreamException("token server " + UpstreamException.place(realm) + " answers without a token");
        }
        long life = Math.clamp(json.path("expires_in").asLong(DEFAULT_LIFE_SECONDS), 0, LONGEST_LIFE_SECONDS);
        // Given up early by a fifth, at most half a minute, so that it lasts until the request arrives.
        long early = Math.min(TimeUnit.SECONDS.toNanos(life) / 5, TimeUnit.SECONDS.toNanos(30));
        into.expiresNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(life) - early;
        into.value = value;
    }

    private Optional<Credentials> credentials(String registry) throws InterruptedException {
        if (dockerConfig.isEmpty()) {
            return Optional.empty();
        }
        long now = System.nanoTime();
        synchronized (secrets) {
            Secret known = secrets.get(registry);
            if (known != null && now - known.readNs < SECRETS_LIVE_NS) {
                return known.credentials;
            }
        }
        Optional<Credentials> found = dockerConfig.get().of(registry);
        synchronized (secrets) {
            secrets.put(registry, new Secret(found, now));
        }
        return found;
    }
}
