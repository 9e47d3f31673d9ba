package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailoverRegistryTest {
    private static final Registry.Request REQUEST = new Registry.Request(
            Registry.Method.GET,
            new Repository("registry.test", "app"),
            "/manifests/latest",
            "",
            Map.of(),
            Duration.ofSeconds(10));
    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 1);
    private TestUpstream first;
    private TestUpstream second;
    private MirrorRegistry firstRegistry;
    private MirrorRegistry secondRegistry;
    private FailoverRegistry failover;

    @BeforeEach
    void start() throws Exception {
        first = new TestUpstream();
        second = new TestUpstream();
        firstRegistry = new MirrorRegistry(first.uri(), Duration.ofSeconds(5));
        secondRegistry = new MirrorRegistry(second.uri(), Duration.ofSeconds(5));
        failover = new FailoverRegistry(firstRegistry, secondRegistry, nowNs::get);
    }

    @AfterEach
    void stop() {
        firstRegistry.close();
        secondRegistry.close();
        first.close();
        second.close();
    }

    private int ask() throws IOException, InterruptedException {
        try (Registry.Response response = failover.ask(REQUEST)) {
            return response.status();
        }
    }

    private static void always(TestUpstream upstream, int status) {
        upstream.answer(exchange -> TestUpstream.reply(exchange, status, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 401, 404, 429, 500})
    void whatTheFirstAnswersIsTheAnswer(int status) throws Exception {
        always(first, status);
        assertThat(ask()).isEqualTo(status);
        assertThat(second.log()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void theSecondIsAskedWhereTheFirstCannotAnswer(int status) throws Exception {
        always(first, status);
        always(second, 200);
        assertThat(ask()).isEqualTo(200);
    }

    @Test
    void aFirstThatIsDownIsLeftAloneForAWhileThenTriedAgain() throws Exception {
        always(first, 503);
        always(second, 200);
        ask();
        ask();
        assertThat(first.log()).hasSize(1);
        always(first, 404);
        nowNs.addAndGet(Duration.ofSeconds(6).toNanos());
        assertThat(ask()).isEqualTo(404);
        assertThat(first.log()).hasSize(2);
        assertThat(ask()).isEqualTo(404);
    }

    @Test
    void aFirstThatCannotBeReachedIsReplaced() throws Exception {
        first.close();
        always(second, 200);
        assertThat(ask()).isEqualTo(200);
    }

    @Test
    void whereBothAreDownTheFirstsAnswerOrTheErrorIsPassedOn() throws Exception {
        always(first, 503);
        second.close();
        assertThat(ask()).isEqualTo(503);
        first.close();
        assertThatThrownBy(this::ask)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(second.uri().toString());
    }
}
