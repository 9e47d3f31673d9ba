package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.supernode.upstream.RegistryRequest.Method;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks upstream registries.
 *
 * <p><b>Credentials.</b> A client's own {@code Authorization} goes to the registry as it is, and whatever the registry
 * answers, a 401 with its challenge too, is the answer. Without one, a token for everybody is fetched where the
 * registry wants one. Credentials of our own are used for what this process asks for itself; for clients only if they
 * are lent. No credential ever follows a redirect to another host, goes to a mirror unless it is the client's, or
 * stands in a message.
 *
 * <p>All calls block; call them on virtual threads. Every wait has a time-out of {@link UpstreamConfig}. Safe for use
 * by several threads.
 */
public final class RegistryClient implements Upstream, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryClient.class);
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_TARGETS = 1024;
    private static final int TOO_MANY_REQUESTS = 429;

    private final boolean lend;
    private final UpstreamConfig config;
    private final RegistryEndpoints endpoints;
    private final Sender sender;
    private final Authorizer authorizer;
    private final EndpointHealth health = new EndpointHealth(System::nanoTime);
    private final LongAdder resumed = new LongAdder();

    /** Where the registry sent a blob's read before; guarded by its own monitor. */
    private final Map<Target, URI> targets = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Target, URI> eldest) {
            return size() > MOST_TARGETS;
        }
    };

    private record Target(Digest digest, BlobSource source) {}

    private record Followed(RegistryResponse response, boolean elsewhere) {}

    /**
     * A client of the registries themselves.
     *
     * @throws UpstreamException if a file that {@code config} names cannot be used
     */
    public RegistryClient(UpstreamConfig config) throws IOException {
        this(config, true);
    }

    /**
     * A client of the registries themselves.
     *
     * @param lend whether clients that send no credentials get our own
     * @throws UpstreamException if a file that {@code config} names cannot be used
     */
    public RegistryClient(UpstreamConfig config, boolean lend) throws IOException {
        this(config, RegistryEndpoints.direct(config.upstreams()), lend);
    }

    /** A client that sends its requests to {@code endpoints}, such as those of a supernode. */
    public RegistryClient(UpstreamConfig config, RegistryEndpoints endpoints) throws IOException {
        this(config, endpoints, true);
    }

    private RegistryClient(UpstreamConfig config, RegistryEndpoints endpoints, boolean lend) throws IOException {
        this.lend = lend;
        this.config = config;
        this.endpoints = endpoints;
        this.sender = new Sender(config);
        this.authorizer = new Authorizer(config, sender);
    }

    /**
     * Sends a request and answers with whatever the registry does, redirects followed.
     *
     * @throws UpstreamException if the registry cannot be reached, or redirects without end or to an unsafe place
     */
    public RegistryResponse request(RegistryRequest request) throws IOException, InterruptedException {
        return authorized(request).response;
    }

    /**
     * Our own answer to a registry's challenge, if there are credentials of our own for it.
     *
     * @param challenge the {@code WWW-Authenticate} header of its 401
     * @return the {@code Authorization} header
     * @throws IOException if its token server cannot be asked
     */
    public Optional<String> ownAuthorization(Repository repository, String challenge)
            throws IOException, InterruptedException {
        if (!authorizer.hasCredentials(repository.registry())) {
            return Optional.empty();
        }
        RegistryRequest request = RegistryRequest.of(Method.HEAD, repository, "manifests/latest").forSelf(true);
        URI uri = endpoints.of(request.registry()).getLast().resolve(request);
        return authorizer.answer(uri, request, Challenge.parse(List.of(challenge)), "");
    }

    /**
     * Asks a registry for {@code /v2/} and answers as it does: a challenge is not answered with anything of ours.
     *
     * @param authorization the client's {@code Authorization} header, or empty
     */
    public RegistryResponse ping(String registry, String authorization) throws IOException, InterruptedException {
        RegistryRequest ping = RegistryRequest.ping(registry).withAuthorization(authorization);
        return follow(ping, endpoints.of(registry).getLast().resolve(ping), authorization, config.retries()).response;
    }

    /** The base URL of a registry: names with the same are the same server. */
    public String origin(String registry) {
        return endpoints.of(registry).getLast().resolve(RegistryRequest.ping(registry)).toString();
    }

    /**
     * Sends a request of a push once to the registry itself, the last of its places, and answers with whatever it does.
     * A {@code Location} is not followed.
     *
     * @throws UpstreamException if the registry cannot be reached, or the client breaks off
     */
    public RegistryResponse push(RegistryPush push) throws IOException, InterruptedException {
        RegistryEndpoint endpoint = endpoints.of(push.repository().registry()).getLast();
        return sender.push(push, endpoint.resolve(push.place()));
    }

    /**
     * The {@code Location} of an answer: a path that begins with {@code /v2/} where it leads to the same registry, else
     * a whole URL. Empty without a valid one.
     */
    public Optional<String> location(String registry, RegistryResponse response) {
        RegistryEndpoint endpoint = endpoints.of(registry).getLast();
        return response.header("Location").flatMap(text -> {
            try {
                URI location = response.uri().resolve(new URI(text));
                String base = endpoint.base().getRawPath().replaceFirst("/$", "");
                boolean here = sameOrigin(location, endpoint.base()) && location.getRawPath().startsWith(base + "/v2/");
                String query = location.getRawQuery() == null ? "" : "?" + location.getRawQuery();
                return Optional.of(
                        here ? location.getRawPath().substring(base.length()) + query : location.toString());
            } catch (URISyntaxException e) {
                LOG.debug("{} answers with a location that is no URL", UpstreamException.place(response.uri()));
                return Optional.empty();
            }
        });
    }

    @Override
    public BlobInfo describe(Digest digest, BlobSource source) throws IOException, InterruptedException {
        return BlobInfo.of(digest, length(digest, source));
    }

    /**
     * The blob's length in bytes.
     *
     * @throws BlobRefusedException if the registry refuses
     * @throws IOException if it cannot be reached
     */
    public long length(Digest digest, BlobSource source) throws IOException, InterruptedException {
        RegistryRequest head = blob(Method.HEAD, digest, source);
        try (RegistryResponse response = request(head)) {
            if (response.status() == 200 && response.contentLength().isPresent()) {
                return response.contentLength().getAsLong();
            }
            if (response.status() >= 400 && response.status() != 405) {
                throw new BlobRefusedException(digest, response.refusal());
            }
        }
        try (BlobTransfer transfer = open(digest, source, new ByteRange(0, 1))) {
            return transfer.total()
                    .orElseThrow(() ->
                            new UpstreamException(source.repository() + " does not tell the length of " + digest));
        }
    }

    @Override
    public void read(Digest digest, BlobSource source, long offset, long length, Sink sink)
            throws IOException, InterruptedException {
        if (length == 0) {
            return;
        }
        try (BlobTransfer transfer = BlobTransfer.openExactly(this, digest, source, new ByteRange(offset, length))) {
            transfer.copyTo(sink);
        }
    }

    /**
     * Begins to read a range of a blob with one GET.
     *
     * @param range what is wanted; it may reach beyond the blob's end, and is asked for as a range
     * @throws BlobRefusedException if the registry refuses
     */
    public BlobTransfer open(Digest digest, BlobSource source, ByteRange range)
            throws IOException, InterruptedException {
        return BlobTransfer.open(this, digest, source, range);
    }

    /**
     * Begins to read a whole blob with one GET that asks for no range.
     *
     * @throws BlobRefusedException if the registry refuses
     */
    public BlobTransfer open(Digest digest, BlobSource source) throws IOException, InterruptedException {
        return BlobTransfer.openWhole(this, digest, source);
    }

    /** What the client has done. */
    public UpstreamStatistics statistics() {
        return new UpstreamStatistics(
                sender.requests.sum(), sender.retries.sum(), resumed.sum(), sender.received.sum(),
                authorizer.fetched.sum(),
                sender.limited.sum());
    }

    /** Breaks off every request. */
    @Override
    public void close() {
        sender.close();
    }

    UpstreamConfig config() {
        return config;
    }

    /** Counts a body that broke, and waits before it is gone on with; from another place, if the registry has one. */
    void beforeResume(String registry, URI brokenAt, int failuresInARow) throws InterruptedException {
        resumed.increment();
        endpoints.of(registry).stream()
                .filter(endpoint -> sameOrigin(endpoint.base(), brokenAt))
                .forEach(health::failed);
        Thread.sleep(sender.backOff(failuresInARow));
    }

    /**
     * Asks for a blob, at the place to which the registry redirected before while that works.
     *
     * @param range the {@code Range} header, or empty
     */
    RegistryResponse blob(Digest digest, BlobSource source, Optional<String> range)
            throws IOException, InterruptedException {
        RegistryRequest get = blob(Method.GET, digest, source).withHeader("Accept-Encoding", "identity");
        RegistryRequest request = range.isPresent() ? get.withHeader("Range", range.get()) : get;
        Target key = new Target(digest, source);
        Optional<RegistryResponse> known = atKnownTarget(key, request.headers());
        if (known.isPresent()) {
            return known.get();
        }
        Followed followed = authorized(request);
        if (followed.elsewhere) {
            synchronized (targets) {
                targets.put(key, followed.response.uri());
            }
        }
        return followed.response;
    }

    private Optional<RegistryResponse> atKnownTarget(Target key, Map<String, String> headers)
            throws InterruptedException {
        URI target;
        synchronized (targets) {
            target = targets.get(key);
        }
        if (target == null) {
            return Optional.empty();
        }
        try {
            RegistryResponse response = sender.once(target, headers);
            if (response.status() == 200 || response.status() == 206) {
                return Optional.of(response);
            }
            response.discard();
        } catch (IOException e) {
            LOG.debug("asks the registry again: {}", e.getMessage());
        }
        synchronized (targets) {
            targets.remove(key, target);
        }
        return Optional.empty();
    }

    private static RegistryRequest blob(Method method, Digest digest, BlobSource source) {
        return RegistryRequest.of(method, source.repository(), "blobs/" + digest)
                .withAuthorization(source.authorization())
                .forSelf(source.own());
    }

    /** Asks the registry's places one after the other until one has an answer that the next could not better. */
    private Followed authorized(RegistryRequest asked) throws IOException, InterruptedException {
        RegistryRequest request = asked.forSelf(asked.own() || lend);
        List<RegistryEndpoint> configured = endpoints.of(request.registry());
        List<RegistryEndpoint> order = health.ordered(configured);
        int lastPlace = configured.size() - 1;
        Outcome best = null;
        for (RegistryEndpoint endpoint : order) {
            boolean last = endpoint == order.getLast();
            Outcome outcome = ask(request, endpoint, configured.indexOf(endpoint), last ? config.retries() : 0);
            if (best == null) {
                best = outcome;
            } else {
                LOG.info("{}: {} at {}, after {}", request, outcome, endpoint.base(), best);
                boolean better = outcome.rank(lastPlace) > best.rank(lastPlace);
                (better ? best : outcome).discard();
                best = better ? outcome : best;
            }
            if (best.isFinal()) {
                break;
            }
        }
        return best.get();
    }

    private Outcome ask(RegistryRequest request, RegistryEndpoint endpoint, int place, int retries)
            throws InterruptedException {
        try {
            Followed followed = authorized(request, endpoint, retries);
            int status = followed.response.status();
            if (status >= 500) {
                health.failed(endpoint);
            } else {
                health.worked(endpoint);
            }
            return new Outcome(place, followed, null);
        } catch (IOException e) {
            health.failed(endpoint);
            return new Outcome(place, null, e);
        }
    }

    /**
     * What one of a registry's places answered.
     *
     * @param place its index in the configured order
     * @param followed the answer, or null
     * @param failure why there is none, or null
     */
    private record Outcome(int place, Followed followed, IOException failure) {
        int status() {
            return followed == null ? 0 : followed.response.status();
        }

        /** Whether no other place need be asked: this one has it, or knows that the client may not. */
        boolean isFinal() {
            return followed != null && status() < 500 && status() != 404 && status() != TOO_MANY_REQUESTS;
        }

        /**
         * The last place has the last word, if it can speak; else a failure is told rather than that nothing is there.
         */
        int rank(int lastPlace) {
            if (followed == null) {
                return 1;
            }
            if (isFinal()) {
                return 4;
            }
            if (place == lastPlace) {
                return 3;
            }
            return status() == 404 ? 0 : 2;
        }

        void discard() {
            if (followed != null) {
                followed.response.discard();
            }
        }

        Followed get() throws IOException {
            if (followed == null) {
                throw failure;
            }
            return followed;
        }

        @Override
        public String toString() {
            return followed == null ? failure.getMessage() : "status " + status();
        }
    }

    private Followed authorized(RegistryRequest request, RegistryEndpoint endpoint, int retries)
            throws IOException, InterruptedException {
        URI uri = endpoint.resolve(request);
        if (!request.authorization().isEmpty()) {
            return follow(request, uri, request.authorization(), retries);
        }
        String known = authorizer.known(uri, request).orElse("");
        Followed first = follow(request, uri, known, retries);
        if (first.response.status() != 401 || first.elsewhere) {
            return first;
        }
        List<Challenge> challenges = Challenge.parse(first.response.headers("WWW-Authenticate"));
        Optional<String> answer;
        try {
            answer = authorizer.answer(uri, request, challenges, known);
        } catch (IOException | InterruptedException | RuntimeException e) {
            first.response.close();
            throw e;
        }
        if (answer.isEmpty()) {
            return first;
        }
        first.response.discard();
        return follow(request, uri, answer.get(), retries);
    }

    private Followed follow(RegistryRequest request, URI start, String authorization, int retries)
            throws IOException, InterruptedException {
        URI uri = start;
        boolean elsewhere = false;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            RegistryResponse response =
                    sender.send(request.method(), uri, request.headers(), elsewhere ? "" : authorization, retries);
            if (!isRedirect(response.status())) {
                return new Followed(response, elsewhere);
            }
            URI target = target(uri, response);
            response.discard();
            elsewhere |= !sameOrigin(uri, target);
            uri = target;
        }
        throw new UpstreamException(UpstreamException.place(start) + " redirects more than " + MOST_REDIRECTS
                + " times");
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI target(URI from, RegistryResponse response) throws UpstreamException {
        String location = response.header("Location").orElse("");
        try {
            URI target = from.resolve(new URI(location));
            boolean https = "https".equalsIgnoreCase(target.getScheme());
            if (location.isEmpty() || target.getHost() == null
                    || !https && !"http".equalsIgnoreCase(target.getScheme())) {
                throw new URISyntaxException("", "no http or https URL of a host");
            }
            if ("https".equalsIgnoreCase(from.getScheme()) && !https) {
                throw new UpstreamException(UpstreamException.place(from) + " redirects from https to plain http: "
                        + UpstreamException.place(target));
            }
            return target;
        } catch (URISyntaxException e) {
            response.close();
            // What follows the path may be a signature.
            String shown = Quoted.of(location.replaceFirst("\\?.*", ""));
            throw new UpstreamException(UpstreamException.place(from) + " redirects to what is not a URL: " + shown);
        } catch (UpstreamException e) {
            response.close();
            throw e;
        }
    }

    private static boolean sameOrigin(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }
}
