package io.lighterage.blockdev.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.lighterage.blockdev.catalog.ConversionProgress.State;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeviceClientTest {
    private static final ImageReference IMAGE = ImageReference.parse("registry.test/team/app:1");
    private static final Platform PLATFORM = Platform.parse("linux/arm64/v8");
    private static final String HALF = """
            {"image": "registry.test/team/app:1", "platform": "linux/arm64/v8", "lazy": true, "manifest": "",
            "state": "LAYERS", "layers": 4, "layersDone": 2, "bytes": 50, "totalBytes": 100, "error": "", "news": 1}
            """;

    private record Answer(int status, byte[] body) {
        static Answer of(int status, String body) {
            return new Answer(status, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final Queue<String> credentials = new ConcurrentLinkedQueue<>();
    private final Queue<String> grants = new ConcurrentLinkedQueue<>();
    private final Queue<String> questions = new ConcurrentLinkedQueue<>();
    private final List<ConversionProgress> told = new ArrayList<>();
    private HttpServer server;
    private DeviceClient client;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            questions.add(exchange.getRequestURI().toString());
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            credentials.add(authorization == null ? "none" : authorization);
            String grant = "a grant of " + exchange.getRequestHeaders().getFirst(DeviceCaller.NODE_HEADER);
            exchange.getResponseHeaders().add(
                    DeviceCaller.GRANT_HEADER,
                    Base64.getEncoder().encodeToString(grant.getBytes(StandardCharsets.US_ASCII)));
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"r\"");
            Answer answer = answers.size() > 1 ? answers.poll() : answers.peek();
            exchange.sendResponseHeaders(answer.status(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
            exchange.close();
        });
        server.start();
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        client = new DeviceClient(address, Optional.empty(), new Caller());
    }

    /** Has credentials for any challenge. */
    private final class Caller implements DeviceCaller {
        @Override
        public UUID node() {
            return new UUID(1, 2);
        }

        @Override
        public Optional<String> authorization(Repository repository, String challenge) {
            return Optional.of("Basic for " + repository + " by " + challenge);
        }

        @Override
        public void granted(byte[] token) {
            grants.add(new String(token, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aChallengeIsAnsweredWithOwnCredentialsAndTheGrantIsTaken() throws Exception {
        answers.addAll(List.of(
                Answer.of(401, "{\"error\":\"who are you\"}"), new Answer(200, DeviceMapDocument.write(map()))));
        assertThat(await(Duration.ofSeconds(30))).isEqualTo(map());
        assertThat(credentials).containsExactly("none", "Basic for registry.test/team/app by Basic realm=\"r\"");
        assertThat(grants).containsExactly("a grant of 00000000-0000-0001-0000-000000000002");
    }

    @Test
    void credentialsThatAreRefusedAreNotSentAgainAndAgain() {
        answers.add(Answer.of(401, "{\"error\":\"not you\"}"));
        assertUnavailable(401, "not you", Duration.ofSeconds(30));
        assertThat(credentials).hasSize(2);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    private DeviceMap await(Duration deadline) throws Exception {
        return client.await(IMAGE, PLATFORM, deadline, told::add);
    }

    private static DeviceMap map() {
        BlobInfo blob = BlobInfo.of(Digest.of(new byte[] {1}), 8192);
        Digest table = Digest.of(new byte[] {3});
        return new DeviceMap(
                Digest.of(new byte[] {2}), 8192, List.of(new DeviceMap.Extent(0, 8192, blob, 0, table)));
    }

    @Test
    void theDeviceIsAnsweredOnceItIsReadyAndItsProgressToldBefore() throws Exception {
        answers.addAll(List.of(
                Answer.of(202, HALF), Answer.of(503, "{\"error\":\"restarting\"}"), Answer.of(202, HALF),
                new Answer(200, DeviceMapDocument.write(map()))));
        assertThat(await(Duration.ofSeconds(30))).isEqualTo(map());
        assertThat(told).hasSize(2).allSatisfy(progress -> {
            assertThat(progress.state()).isEqualTo(State.LAYERS);
            assertThat(progress.layersDone()).isEqualTo(2);
            assertThat(progress.isOver()).isFalse();
        });
        assertThat(questions).hasSize(4).allSatisfy(question -> assertThat(question)
                .startsWith("/api/v1/devices?image=registry.test%2Fteam%2Fapp%3A1&platform=linux%2Farm64%2Fv8&wait="));
    }

    private void assertUnavailable(int status, String why, Duration deadline) {
        assertThatThrownBy(() -> await(deadline))
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(
                        DeviceUnavailableException.class,
                        e -> assertThat(e.status()).isEqualTo(status));
    }

    @Test
    void anErrorOfTheSupernodeIsTheAnswer() {
        answers.add(Answer.of(422, "{\"error\":\"layer x is torn\"}"));
        assertUnavailable(422, "layer x is torn", Duration.ofSeconds(30));
        answers.clear();
        answers.add(Answer.of(404, "<html>"));
        assertUnavailable(404, "<html>", Duration.ofSeconds(30));
    }

    @Test
    void aMapThatCannotBeUnderstoodIsAnError() {
        answers.add(Answer.of(200, "{\"version\":9}"));
        assertUnavailable(200, "version", Duration.ofSeconds(30));
    }

    @Test
    void theDeadlineEndsAWaitForASlowConversion() {
        answers.add(Answer.of(202, HALF));
        assertUnavailable(0, IMAGE.toString(), Duration.ofMillis(300));
        assertThat(told).isNotEmpty();
    }

    @Test
    void aSupernodeThatIsNotThereIsGivenUpAfterAWhile() {
        server.stop(0);
        assertUnavailable(0, "nothing answers", Duration.ofSeconds(40));
    }
}
