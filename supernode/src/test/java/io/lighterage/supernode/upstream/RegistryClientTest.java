package io.lighterage.supernode.upstream;

import static io.lighterage.supernode.upstream.HostileRegistry.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.supernode.upstream.RegistryRequest.Method;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RegistryClientTest {
    private static final String PASSWORD = "p4ss-w0rd-of-ours";
    private static final String BASIC =
            "Basic " + Base64.getEncoder().encodeToString(("ann:" + PASSWORD).getBytes(StandardCharsets.UTF_8));

    @TempDir
    Path directory;

    private HostileRegistry registry;
    private HostileRegistry other;
    private RegistryClient client;

    @BeforeEach
    void open() throws IOException {
        registry = new HostileRegistry();
        other = new HostileRegistry();
        client = client("{}");
    }

    private RegistryClient client(String dockerConfig) throws IOException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, dockerConfig);
        return new RegistryClient(UpstreamConfig.defaults().toBuilder()
                .upstream(registry.name() + "=" + registry.url())
                .dockerConfig(file)
                .retries(2, Duration.ofMillis(5))
                .longestRetryAfter(Duration.ofSeconds(2))
                .timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(500))
                .build());
    }

    private void useCredentials(String auth) throws IOException {
        client.close();
        client = client("{\"auths\":{\"" + registry.name() + "\":" + auth + "}}");
    }

    @AfterEach
    void close() {
        client.close();
        registry.close();
        other.close();
    }

    private RegistryRequest manifest() {
        return RegistryRequest.of(Method.GET, registry.source().repository(), "manifests/latest");
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private byte[] read(Digest digest, int offset, int length) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        client.read(digest, registry.source(), offset, length, piece -> {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            out.write(bytes);
        });
        return out.toByteArray();
    }

    private static boolean deny(HttpExchange exchange, String challenge) throws IOException {
        exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
        answer(exchange, 401, "{\"errors\":[{\"code\":\"UNAUTHORIZED\"}]}");
        return true;
    }

    private static boolean ok(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:abc");
        answer(exchange, 200, "{}");
        return true;
    }

    /** The registry wants a token of {@code other} that is good for {@code lifeSeconds}. */
    private void wantTokens(int lifeSeconds) {
        registry.trick = (exchange, number) -> {
            String sent = exchange.getRequestHeaders().getFirst("Authorization");
            return sent != null && sent.startsWith("Bearer tok")
                    ? ok(exchange)
                    : deny(exchange, "Bearer realm=\"" + other.url()
                            + "/token\",service=\"reg\",scope=\"repository:team/app:pull\"");
        };
        other.trick = (exchange, number) -> {
            answer(exchange, 200, "{\"token\":\"tok" + number + "\",\"expires_in\":" + lifeSeconds + "}");
            return true;
        };
    }

    @Test
    void aClientsCredentialGoesAsItIsAndTheChallengeComesBack() throws Exception {
        useCredentials("{\"username\":\"ann\",\"password\":\"" + PASSWORD + "\"}");
        registry.trick = (exchange, number) -> deny(exchange, "Bearer realm=\"http://x/token\",service=\"s\"");

        try (RegistryResponse response = client.request(manifest().withAuthorization("Bearer of-the-client"))) {
            assertThat(response.status()).isEqualTo(401);
            assertThat(response.header("WWW-Authenticate")).contains("Bearer realm=\"http://x/token\",service=\"s\"");
            assertThat(new String(response.bytes(1000), StandardCharsets.UTF_8)).contains("UNAUTHORIZED");
        }
        assertThat(registry.seen)
                .extracting(HostileRegistry.Seen::authorization)
                .containsExactly("Bearer of-the-client");
    }

    @Test
    void anAnonymousTokenIsFetchedOnceForManyRequests() throws Exception {
        wantTokens(300);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> ask = () -> {
                try (RegistryResponse response = client.request(manifest())) {
                    return response.status();
                }
            };
            List<Future<Integer>> answers =
                    IntStream.range(0, 20).mapToObj(i -> threads.submit(ask)).toList();
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(200);
            }
        }
        assertThat(other.seen).hasSize(1);
        assertThat(other.seen.getFirst().authorization()).isNull();
        assertThat(other.seen.getFirst().query()).isEqualTo("service=reg&scope=repository%3Ateam%2Fapp%3Apull");
        try (RegistryResponse response = client.request(manifest())) {
            assertThat(response.status()).isEqualTo(200);
        }
        assertThat(registry.seen.getLast().authorization()).isEqualTo("Bearer tok0");
    }

    @Test
    void aTokenThatIsAboutToExpireIsFetchedAnew() throws Exception {
        wantTokens(0);
        for (int i = 0; i < 3; i++) {
            client.request(manifest()).close();
        }
        assertThat(other.seen).hasSizeGreaterThanOrEqualTo(3);
        assertThat(registry.seen).filteredOn(seen -> seen.authorization() == null).hasSize(1);
    }

    @Test
    void ourPasswordGoesToTheTokenServerAndNotToTheRegistry() throws Exception {
        useCredentials("{\"auth\":\"" + BASIC.substring(6) + "\"}");
        wantTokens(300);
        client.request(manifest()).close();

        assertThat(other.seen).extracting(HostileRegistry.Seen::authorization).containsExactly(BASIC);
        assertThat(registry.seen).extracting(HostileRegistry.Seen::authorization).containsExactly(null, "Bearer tok0");
    }

    @Test
    void anIdentityTokenIsPostedAsARefreshToken() throws Exception {
        useCredentials("{\"identitytoken\":\"refresh-me\"}");
        wantTokens(300);
        client.request(manifest()).close();

        assertThat(other.seen.getFirst().method()).isEqualTo("POST");
        assertThat(other.seen.getFirst().body())
                .contains("grant_type=refresh_token")
                .contains("refresh_token=refresh-me");
    }

    @Test
    void aBasicChallengeIsAnsweredAndRemembered() throws Exception {
        useCredentials("{\"username\":\"ann\",\"password\":\"" + PASSWORD + "\"}");
        registry.trick = (exchange, number) -> BASIC.equals(exchange.getRequestHeaders().getFirst("Authorization"))
                ? ok(exchange)
                : deny(exchange, "Basic realm=\"x\"");
        client.request(manifest()).close();
        client.request(manifest()).close();

        assertThat(registry.seen).extracting(HostileRegistry.Seen::authorization).containsExactly(null, BASIC, BASIC);
    }

    @Test
    void whenNothingHelpsTheRegistrysOwnAnswerIsPassedOn() throws Exception {
        wantTokens(300);
        other.trick = (exchange, number) -> {
            answer(exchange, 401, "{}");
            return true;
        };
        try (RegistryResponse response = client.request(manifest())) {
            assertThat(response.status()).isEqualTo(401);
            assertThat(response.header("WWW-Authenticate").orElseThrow()).startsWith("Bearer realm=");
            assertThat(new String(response.bytes(1000), StandardCharsets.UTF_8)).contains("UNAUTHORIZED");
        }
    }

    @Test
    void noCredentialFollowsARedirectToAnotherHost() throws Exception {
        byte[] content = bytes(1000);
        Digest digest = other.add(content);
        registry.trick = redirectToOther();

        try (RegistryResponse response = client.request(
                RegistryRequest.of(Method.GET, registry.source().repository(), "blobs/" + digest)
                        .withAuthorization("Bearer secret"))) {
            assertThat(response.bytes(2000)).isEqualTo(content);
        }
        assertThat(registry.seen.getFirst().authorization()).isEqualTo("Bearer secret");
        assertThat(other.seen).extracting(HostileRegistry.Seen::authorization).containsExactly((String) null);
    }

    private HostileRegistry.Trick redirectToOther() {
        return (exchange, number) -> {
            exchange.getResponseHeaders()
                    .set("Location", other.url() + exchange.getRequestURI().getPath() + "?sig=hidden");
            answer(exchange, 307, "");
            return true;
        };
    }

    @Test
    void theTargetOfARedirectIsUsedAgainUntilItFails() throws Exception {
        byte[] content = bytes(1000);
        Digest digest = other.add(content);
        registry.trick = redirectToOther();
        other.trick = (exchange, number) -> {
            if (number == 2) {
                answer(exchange, 403, "expired");
            }
            return number == 2;
        };
        for (int i = 0; i < 4; i++) {
            assertThat(read(digest, i * 100, 100)).isEqualTo(Arrays.copyOfRange(content, i * 100, i * 100 + 100));
        }
        assertThat(registry.seen).hasSize(2);
        assertThat(other.seen).hasSize(5);
    }

    @Test
    void redirectsWithoutEndAndToNowhereAreErrors() {
        registry.trick = (exchange, number) -> {
            exchange.getResponseHeaders().set("Location", "/again");
            answer(exchange, 302, "");
            return true;
        };
        assertThatThrownBy(() -> client.request(manifest()))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("redirects more than 5");
        registry.trick = (exchange, number) -> {
            exchange.getResponseHeaders().set("Location", "file:///etc/passwd");
            answer(exchange, 302, "");
            return true;
        };
        assertThatThrownBy(() -> client.request(manifest())).hasMessageContaining("redirects to what is not a URL");
    }

    @Test
    void aTransientFailureIsAskedAgainAndAShortRetryAfterObeyed() throws Exception {
        registry.trick = (exchange, number) -> {
            exchange.getResponseHeaders().set("Retry-After", "0");
            answer(exchange, number == 0 ? 429 : number == 1 ? 503 : 200, "");
            return true;
        };
        try (RegistryResponse response = client.request(manifest())) {
            assertThat(response.status()).isEqualTo(200);
        }
        assertThat(client.statistics().retries()).isEqualTo(2);
    }

    @Test
    void aLongRetryAfterIsPassedOnAndARefusalNotAskedAgain() {
        Digest digest = Digest.of(bytes(1));
        registry.trick = (exchange, number) -> {
            exchange.getResponseHeaders().set("Retry-After", "3600");
            answer(exchange, number == 0 ? 429 : 403, "slow down");
            return true;
        };
        assertThatThrownBy(() -> read(digest, 0, 10)).isInstanceOfSatisfying(BlobRefusedException.class, e -> {
            assertThat(e.refusal().status()).isEqualTo(429);
            assertThat(e.refusal().retryAfter()).isEqualTo("3600");
            assertThat(new String(e.refusal().body(), StandardCharsets.UTF_8)).isEqualTo("slow down");
        });
        BlobSource another = new BlobSource(registry.source().repository(), "Basic YW5vdGhlcjpvbmU=");
        assertThatThrownBy(() -> client.open(digest, another)).hasMessageContaining("status 403");
        assertThat(registry.seen).hasSize(2);
    }

    @Test
    void theBodyOfAnErrorIsBounded() {
        byte[] large = bytes(1 << 20);
        registry.trick = (exchange, number) -> {
            registry.send(exchange, 404, large, 0, large.length, large.length);
            return true;
        };
        assertThatThrownBy(() -> read(Digest.of(large), 0, 10))
                .isInstanceOfSatisfying(BlobRefusedException.class,
                        e -> assertThat(e.refusal().body()).hasSize(64 << 10));
    }

    @Test
    void aBrokenBodyIsGoneOnWithFromTheNextByte() throws Exception {
        byte[] content = bytes(300_000);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            if (number < 2) {
                registry.breakAfter(exchange, 70_001);
            }
            return number < 2;
        };
        assertThat(read(digest, 5, 299_990)).isEqualTo(Arrays.copyOfRange(content, 5, 299_995));
        assertThat(registry.served()).isEqualTo(299_990);
        assertThat(client.statistics().resumed()).isEqualTo(2);
    }

    @Test
    void aServerThatIgnoresRangesIsReadFromItsStart() throws Exception {
        registry.knowsRanges = false;
        byte[] content = bytes(300_000);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            if (number == 0) {
                registry.breakAfter(exchange, 100_000);
            }
            return number == 0;
        };
        assertThat(read(digest, 50_000, 200_000)).isEqualTo(Arrays.copyOfRange(content, 50_000, 250_000));
        assertThat(registry.seen)
                .extracting(HostileRegistry.Seen::range)
                .containsExactly("bytes=50000-249999", "bytes=100000-249999");
    }

    @Test
    void aWrongContentRangeIsAnError() {
        byte[] content = bytes(1000);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            exchange.getResponseHeaders().set("Content-Range", number == 0 ? "bytes 1-100/1000" : "bytes nonsense");
            registry.send(exchange, 206, content, 0, 100, 100);
            return true;
        };
        assertThatThrownBy(() -> read(digest, 0, 100))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("another range");
        assertThatThrownBy(() -> read(digest, 0, 100)).hasMessageContaining("another range");
    }

    @Test
    void aBodyThatNeverComesEndsTheReadAfterBoundedTries() {
        byte[] content = bytes(1000);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            registry.breakAfter(exchange, 0);
            return true;
        };
        // Where the connection ends together with the answer's head, Java's client says so in words of its own.
        assertThatThrownBy(() -> read(digest, 0, 1000))
                .isInstanceOf(UpstreamException.class)
                .message()
                .containsAnyOf("stopped at byte 0", "bytes received: 0");
        // Java's client sends a request once more by itself if a pooled connection ends before the answer begins.
        assertThat(registry.seen).hasSizeBetween(3, 6);
    }

    @Test
    void whatTheSinkThrowsEndsTheReadAtOnce() {
        Digest digest = registry.add(bytes(1000));
        IOException full = new IOException("disk full");
        assertThatThrownBy(() -> client.read(digest, registry.source(), 0, 1000, piece -> {
                    throw full;
                }))
                .isSameAs(full);
        assertThat(registry.seen).hasSize(1);
    }

    @Test
    void theLengthIsTakenFromAHeadOrElseFromARange() throws Exception {
        Digest digest = registry.add(bytes(4321));
        assertThat(client.length(digest, registry.source())).isEqualTo(4321);
        registry.trick = (exchange, number) -> {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            if (head) {
                exchange.sendResponseHeaders(405, -1);
            }
            return head;
        };
        assertThat(client.length(digest, registry.source())).isEqualTo(4321);
    }

    @Test
    void aRegistryThatIsNotThereIsNamed() throws IOException {
        URI url;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            url = URI.create("http://127.0.0.1:" + free.getLocalPort());
        }
        UpstreamConfig config = UpstreamConfig.defaults().toBuilder()
                .upstream("gone.example", url)
                .retries(1, Duration.ofMillis(5))
                .build();
        try (RegistryClient alone = new RegistryClient(config)) {
            RegistryRequest ping = RegistryRequest.ping("gone.example");
            assertThatThrownBy(() -> alone.request(ping))
                    .isInstanceOf(UpstreamException.class)
                    .hasMessageContaining(url.toString());
            assertThat(alone.statistics().retries()).isEqualTo(1);
        }
    }

    @Test
    void aCredentialHelperIsRun() throws Exception {
        Path program = directory.resolve("docker-credential-test");
        Files.writeString(program, """
                #!/bin/sh
                read server
                [ "$1 $server" = "get reg.example" ] || { echo "credentials not found" ; exit 1; }
                echo '{"ServerURL":"reg.example","Username":"ann","Secret":"hers"}'
                """);
        assertThat(program.toFile().setExecutable(true)).isTrue();

        assertThat(CredentialHelper.ask(program.toString(), "reg.example\n"))
                .contains(new Credentials("ann", "hers", ""));
        assertThat(CredentialHelper.ask(program.toString(), "other.example\n")).isEmpty();
        assertThatThrownBy(() -> CredentialHelper.get("../evil", "reg.example")).hasMessageContaining("../evil");
    }

    @Test
    void noMessageHasACredential() throws Exception {
        String secret = "s3cret";
        Repository repository = registry.source().repository();
        assertThatThrownBy(() -> RegistryRequest.of(Method.GET, repository, "tags/list")
                .withAuthorization(secret + "\n"))
                .hasMessageNotContaining(secret);
        assertThat(manifest().withAuthorization(secret).toString()).doesNotContain(secret);
        for (String json : List.of(
                "{\"auths\":{\"r\":{\"auth\":\"" + secret + "%\"}}}",
                "{\"auths\":{\"r\":{\"password\":" + secret + "}}}")) {
            Files.writeString(directory.resolve("config.json"), json);
            assertThatThrownBy(() -> client(json))
                    .isInstanceOf(UpstreamException.class)
                    .hasMessageContaining("config.json")
                    .hasMessageNotContaining(secret)
                    .hasNoCause();
        }
    }
}
