package io.lighterage.supernode.upstream;

import static io.lighterage.supernode.upstream.HostileRegistry.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.supernode.upstream.RegistryRequest.Method;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry with several places, and what a registry says of its limits. */
class PlacesTest {
    private static final Repository APP = new Repository("registry.test", "team/app");
    private static final RegistryRequest MANIFEST = RegistryRequest.of(Method.GET, APP, "manifests/latest");
    private HostileRegistry first;
    private HostileRegistry last;
    private RegistryClient client;

    @BeforeEach
    void open() throws IOException {
        first = new HostileRegistry();
        last = new HostileRegistry();
        client = new RegistryClient(UpstreamConfig.defaults().toBuilder()
                .upstream("registry.test=" + first.url() + "," + last.url())
                .retries(1, Duration.ofMillis(5))
                .longestRetryAfter(Duration.ofSeconds(2))
                .timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(500))
                .build());
    }

    @AfterEach
    void close() {
        client.close();
        first.close();
        last.close();
    }

    private static void always(HostileRegistry registry, int status) {
        registry.trick = (exchange, number) -> {
            answer(exchange, status, "{}");
            return true;
        };
    }

    private int ask() throws IOException, InterruptedException {
        return ask("");
    }

    private int ask(String authorization) throws IOException, InterruptedException {
        try (RegistryResponse response = client.request(MANIFEST.withAuthorization(authorization))) {
            return response.status();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200, 500, 200", "401, 200, 401", "403, 200, 403", "404, 200, 200", "429, 200, 200", "500, 200, 200",
        "503, 404, 404", "404, 503, 503", "500, 500, 500", "404, 404, 404"
    })
    void theFirstAnswerThatTheNextPlaceCouldNotBetterIsTheAnswer(int one, int other, int status) throws Exception {
        always(first, one);
        always(last, other);
        assertThat(ask()).isEqualTo(status);
    }

    @Test
    void aPlaceThatFailedIsAskedLastForAWhile() throws Exception {
        always(first, 502);
        always(last, 200);
        for (int i = 0; i < 3; i++) {
            assertThat(ask()).isEqualTo(200);
        }
        assertThat(first.seen).hasSize(1);
        always(first, 200);
        always(last, 500);
        assertThat(ask()).as("the one that failed is not given up").isEqualTo(200);
    }

    @Test
    void thatNothingIsThereIsNotBelievedOfAMirrorWhoseRegistryIsGone() {
        always(first, 404);
        last.close();
        assertThatThrownBy(this::ask).isInstanceOf(IOException.class).hasMessageContaining(last.name());
    }

    @Test
    void aBodyThatBreaksIsGoneOnWithAtTheNextPlace() throws Exception {
        byte[] blob = new byte[200_000];
        new Random(1).nextBytes(blob);
        Digest digest = first.add(blob);
        last.add(blob);
        first.trick = (exchange, number) -> {
            first.breakAfter(exchange, 50_000);
            return true;
        };
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        client.read(digest, BlobSource.of(APP), 0, blob.length, piece -> {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            out.writeBytes(bytes);
        });
        assertThat(out.toByteArray()).isEqualTo(blob);
        assertThat(first.seen).hasSize(1);
        assertThat(last.served()).isLessThan(blob.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void whatOneRequestIsToldOfALimitHoldsForAll(int status) throws Exception {
        for (HostileRegistry registry : new HostileRegistry[] {first, last}) {
            registry.trick = (exchange, number) -> {
                exchange.getResponseHeaders().set("Retry-After", "3600");
                answer(exchange, status, "slow down");
                return true;
            };
        }
        assertThat(ask()).isEqualTo(status);
        for (int i = 0; i < 5; i++) {
            try (RegistryResponse response = client.request(MANIFEST)) {
                assertThat(response.status()).isEqualTo(429);
                assertThat(Integer.parseInt(response.header("Retry-After").orElseThrow())).isBetween(3590, 3600);
            }
        }
        assertThat(first.seen).hasSize(1);
        assertThat(last.seen).hasSize(1);
        assertThat(client.statistics().limited()).isEqualTo(10);
    }

    @Test
    void theLimitOfOneAccountIsNotThatOfAnother() throws Exception {
        for (HostileRegistry registry : new HostileRegistry[] {first, last}) {
            registry.trick = (exchange, number) -> {
                boolean limited = "Basic YWxpY2U6b25l".equals(exchange.getRequestHeaders().getFirst("Authorization"));
                if (limited) {
                    exchange.getResponseHeaders().set("Retry-After", "3600");
                }
                answer(exchange, limited ? 429 : 200, "{}");
                return true;
            };
        }
        assertThat(ask("Basic YWxpY2U6b25l")).isEqualTo(429);
        int asked = first.seen.size() + last.seen.size();
        assertThat(ask("Basic YWxpY2U6dHdv")).as("alice with another password").isEqualTo(429);
        assertThat(first.seen.size() + last.seen.size()).isEqualTo(asked);
        assertThat(ask("Basic Ym9iOm9uZQ==")).isEqualTo(200);
    }

    @Test
    void tokensOfOneSubjectAreOneAccount() {
        String one = "Bearer h.eyJpc3MiOiJhIiwic3ViIjoidSIsImp0aSI6IjEifQ.s";
        String two = "Bearer h.eyJpc3MiOiJhIiwic3ViIjoidSIsImp0aSI6IjIifQ.t";
        String nobody = "Bearer h.eyJpc3MiOiJhIiwic3ViIjoiIn0.t";
        assertThat(RateLimits.account(one)).isEqualTo(RateLimits.account(two)).startsWith("subject ");
        assertThat(RateLimits.account(nobody)).isEqualTo(RateLimits.account("")).isEmpty();
        assertThat(RateLimits.account("Bearer opaque")).startsWith("token ").doesNotContain("opaque");
        assertThat(RateLimits.account("Basic YWxpY2U6b25l")).doesNotContain("alice").doesNotContain("YWxpY2U6b25l");
    }
}
