package io.lighterage.supernode.upstream;

import io.lighterage.peer.tls.CertificateFiles;
import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsException;
import io.lighterage.supernode.upstream.RegistryRequest.Method;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLHandshakeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends single HTTP requests, again where that may help: after a connection error, 5xx or 429, with a delay that
 * doubles and is random up to its bound, so that many askers do not come back together. A server that has named a time
 * is not asked before it, by whomever. Follows no redirects, knows no credentials.
 */
final class Sender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    /** A layer of many GiB over a slow link; a client that stands still is given up sooner. */
    private static final Duration PUSH_DEADLINE = Duration.ofHours(2);

    private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);
    private static final int HTTPS_PORT = 443;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private final UpstreamConfig config;
    private final HttpClient http;
    private final RateLimits limits = new RateLimits(System::nanoTime);
    final LongAdder limited = new LongAdder();
    private final Optional<TlsContext> tls;
    final LongAdder requests = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder received = new LongAdder();

    Sender(UpstreamConfig config) throws IOException {
        this.config = config;
        // HTTP/1.1: parallel range reads want connections of their own, not one that shares its window.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(config.connectTimeout())
                .executor(Executors.newVirtualThreadPerTaskExecutor());
        this.tls = config.extraAuthorities().isEmpty() && config.clientCertificates().isEmpty()
                ? Optional.empty()
                : Optional.of(tls(config));
        tls.ifPresent(context -> builder.sslContext(context.sslContext()));
        this.http = builder.build();
    }

    /**
     * A certificate goes to the host and port of its registry alone, the last of its places: not to where that
     * redirects, nor to its token server.
     */
    private static TlsContext tls(UpstreamConfig config) throws UpstreamException {
        RegistryEndpoints endpoints = RegistryEndpoints.direct(config.upstreams());
        Map<String, CertificateFiles> byPlace = new HashMap<>();
        config.clientCertificates().forEach((registry, files) -> {
            URI base = endpoints.of(registry).getLast().base();
            byPlace.put(TlsConfig.place(base.getHost(), base.getPort() < 0 ? HTTPS_PORT : base.getPort()), files);
        });
        try {
            return TlsContext.open(TlsConfig.world(config.extraAuthorities(), byPlace));
        } catch (TlsException e) {
            throw new UpstreamException(e.getMessage(), e);
        }
    }

    /**
     * Sends, again up to {@code retries} times; the last answer is given whatever it is, the last connection error
     * thrown. While the server's limit holds longer than is worth waiting for, the answer is a 429 that tells the time
     * left.
     */
    RegistryResponse send(Method method, URI uri, Map<String, String> headers, String authorization, int retries)
            throws IOException, InterruptedException {
        HttpRequest request = request(method, uri, headers, authorization);
        for (int attempt = 0; ; attempt++) {
            boolean last = attempt >= retries;
            Optional<RegistryResponse> closed = awaitOpening(uri, authorization, last && attempt == 0);
            if (closed.isPresent()) {
                return closed.get();
            }
            Duration delay;
            try {
                RegistryResponse response = once(request);
                learn(response, uri, authorization);
                Optional<Duration> again = last ? Optional.empty() : retryDelay(response, attempt);
                if (again.isEmpty()) {
                    return response;
                }
                delay = again.get();
                LOG.info("{} answers {}, asks again in {} ms", UpstreamException.place(uri),
                        response.status(), delay.toMillis());
                response.discard();
            } catch (IOException e) {
                if (last || e.getCause() instanceof SSLHandshakeException) {
                    throw e;
                }
                delay = backOff(attempt);
                LOG.info("{}, tries again in {} ms", e.getMessage(), delay.toMillis());
            }
            Thread.sleep(delay);
            this.retries.increment();
        }
    }

    /** Waits until the server may be asked, or answers in its place where that is too long. */
    private Optional<RegistryResponse> awaitOpening(URI uri, String authorization, boolean impatient)
            throws InterruptedException {
        Optional<Duration> wait = limits.wait(uri, authorization);
        while (wait.isPresent()) {
            if (impatient || wait.get().compareTo(config.longestRetryAfter()) > 0) {
                limited.increment();
                LOG.debug("{} is not asked for {} s more", UpstreamException.place(uri), wait.get().toSeconds());
                return Optional.of(RegistryResponse.limited(uri, wait.get()));
            }
            // All who waited would come at once.
            Thread.sleep(wait.get().plus(backOff(0)));
            wait = limits.wait(uri, authorization);
        }
        return Optional.empty();
    }

    private void learn(RegistryResponse response, URI uri, String authorization) {
        if (response.status() == TOO_MANY_REQUESTS || response.status() == UNAVAILABLE) {
            response.header("Retry-After").flatMap(Sender::retryAfter).ifPresent(wait -> {
                LOG.info("{} answers {} and is not asked for {} s", UpstreamException.place(uri), response.status(),
                        wait.toSeconds());
                limits.close(uri, authorization, wait);
            });
        }
    }

    /** Sends one GET, without retries. */
    RegistryResponse once(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
        return once(request(Method.GET, uri, headers, ""));
    }

    /** Posts a form, without retries. */
    RegistryResponse post(URI uri, String form) throws IOException, InterruptedException {
        return once(builder(uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form))
                .build());
    }

    /** Sends a request of a push, without retries: its body can be read only once. */
    RegistryResponse push(RegistryPush push, URI uri) throws IOException, InterruptedException {
        Optional<RegistryResponse> closed = awaitOpening(uri, push.authorization(), true);
        if (closed.isPresent()) {
            return closed.get();
        }
        BodyPublisher body = push.length() == 0
                ? BodyPublishers.noBody()
                : BodyPublishers.ofInputStream(() -> push.body());
        BodyPublisher sized = push.length() > 0 ? BodyPublishers.fromPublisher(body, push.length()) : body;
        HttpRequest.Builder builder = builder(uri).timeout(PUSH_DEADLINE).method(push.method(), sized);
        RegistryResponse response = once(withHeaders(builder, uri, push.headers(), push.authorization()));
        learn(response, uri, push.authorization());
        return response;
    }

    private RegistryResponse once(HttpRequest request) throws IOException, InterruptedException {
        requests.increment();
        try {
            HttpResponse<TimedBody> response =
                    http.send(request, head -> new TimedBody(config.stallTimeout(), received));
            return new RegistryResponse(response.statusCode(), request.uri(), response.headers(), response.body());
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new UpstreamException("no answer from " + UpstreamException.place(request.uri()) + ": " + why, e);
        }
    }

    private HttpRequest request(Method method, URI uri, Map<String, String> headers, String authorization)
            throws UpstreamException {
        return withHeaders(builder(uri).method(method.name(), BodyPublishers.noBody()), uri, headers, authorization);
    }

    private static HttpRequest withHeaders(
            HttpRequest.Builder builder, URI uri, Map<String, String> headers, String authorization)
            throws UpstreamException {
        try {
            headers.forEach(builder::setHeader);
            if (!authorization.isEmpty()) {
                builder.setHeader("Authorization", authorization);
            }
        } catch (IllegalArgumentException e) {
            // Its message quotes the header, which may be a credential.
            throw new UpstreamException("a header for " + UpstreamException.place(uri) + " is not valid");
        }
        return builder.build();
    }

    private HttpRequest.Builder builder(URI uri) throws UpstreamException {
        try {
            return HttpRequest.newBuilder(uri).timeout(config.responseTimeout()).setHeader("User-Agent", "lighterage");
        } catch (IllegalArgumentException e) {
            throw new UpstreamException("not a URL that can be asked: " + UpstreamException.place(uri), e);
        }
    }

    private Optional<Duration> retryDelay(RegistryResponse response, int attempt) {
        int status = response.status();
        boolean transientFailure = status == TOO_MANY_REQUESTS || status >= 500 && status != 501 && status != 505;
        if (!transientFailure) {
            return Optional.empty();
        }
        Optional<Duration> told = response.header("Retry-After").flatMap(Sender::retryAfter);
        if (told.isPresent() && told.get().compareTo(config.longestRetryAfter()) > 0) {
            return Optional.empty();
        }
        Duration own = backOff(attempt);
        return Optional.of(told.filter(t -> t.compareTo(own) > 0).orElse(own));
    }

    /** How long a {@code Retry-After} wants us to wait; it has seconds or a date (RFC 9110, section 10.2.3). */
    static Optional<Duration> retryAfter(String text) {
        if (text.strip().matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text.strip())));
        }
        try {
            Instant until = ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            Duration wait = Duration.between(Instant.now(), until);
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeException e) {
            LOG.debug("not a Retry-After: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** A random delay below a bound that doubles with each attempt. */
    Duration backOff(int attempt) {
        long bound = Math.min(LONGEST_DELAY.toMillis(), config.retryDelay().toMillis() << Math.min(attempt, 16));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound / 2, Math.max(bound, 1) + 1));
    }

    /** Breaks off everything in flight. */
    @Override
    public void close() {
        tls.ifPresent(TlsContext::close);
        http.shutdownNow();
        try {
            if (!http.awaitTermination(Duration.ofSeconds(5))) {
                LOG.warn("requests to upstream registries have not ended 5 s after they were broken off");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
