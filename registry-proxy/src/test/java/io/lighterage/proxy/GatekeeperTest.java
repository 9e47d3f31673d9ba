package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatekeeperTest {
    private static final Repository PRIVATE = new Repository("registry.test", "team/app");
    private static final Repository EVIL = new Repository("evil.test", "team/app");
    private static final String ALICE = "Basic YWxpY2U6YXBwbGU=";
    private static final String MALLORY = "Basic bWFsbG9yeTptYWxs";
    private static final byte[] CONTENT = "nobody but alice reads this".getBytes(StandardCharsets.UTF_8);
    private static final Digest BLOB = Digest.of(CONTENT);

    @TempDir
    private Path directory;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private BlobStore store;
    private BlobLinks links;
    private TestUpstream upstream;
    private MirrorRegistry registry;
    private Gatekeeper gate;

    /** What registries give when they are asked for bytes. */
    private byte[] given = CONTENT;

    @BeforeEach
    void open() throws Exception {
        store = BlobStore.open(directory);
        store.put(CONTENT);
        links = new BlobLinks(store.table("links"));
        links.begin(PRIVATE, BLOB);
        upstream = new TestUpstream();
        upstream.answer(exchange -> {
            boolean evil = exchange.getRequestURI().toString().contains("ns=evil.test");
            boolean alice = ALICE.equals(exchange.getRequestHeaders().getFirst("Authorization"));
            TestUpstream.reply(exchange, evil || alice ? 200 : 401, CONTENT, "WWW-Authenticate", "Basic realm=\"r\"");
        });
        registry = new MirrorRegistry(upstream.uri(), Duration.ofSeconds(2));
        gate = new Gatekeeper(
                new Gatekeeper.Parts(
                        store, links, store.table("access"), registry, registry, new Given(), name -> name),
                AccessConfig.DEFAULT, Duration.ofSeconds(10), () -> now);
    }

    @AfterEach
    void close() throws Exception {
        registry.close();
        upstream.close();
        store.close();
    }

    /** Registries that give {@link #given} as whatever blob. */
    private final class Given implements Upstream {
        @Override
        public BlobInfo describe(Digest digest, BlobSource source) {
            return BlobInfo.of(digest, given.length);
        }

        @Override
        public void read(Digest digest, BlobSource source, long offset, long length, Sink sink)
                throws IOException, InterruptedException {
            sink.accept(ByteBuffer.wrap(Arrays.copyOfRange(given, (int) offset, (int) (offset + length))));
        }
    }

    private void admit(Repository repository, String authorization) throws Exception {
        gate.admit(BLOB, new BlobSource(repository, authorization), true);
    }

    private void refuses(Repository repository, String authorization, int status) {
        assertThatThrownBy(() -> admit(repository, authorization))
                .isInstanceOfSatisfying(BlobRefusedException.class,
                        refused -> assertThat(refused.refusal().status()).isEqualTo(status));
    }

    @Test
    void whomUpstreamLetsInIsNotAskedAboutAgainForMinutes() throws Exception {
        admit(PRIVATE, ALICE);
        admit(PRIVATE, ALICE);
        assertThat(upstream.log()).hasSize(1);
        now = now.plus(AccessConfig.DEFAULT.yes());
        admit(PRIVATE, ALICE);
        assertThat(upstream.log()).hasSize(2);
    }

    @Test
    void whomUpstreamRefusesIsRefusedByItsAnswerAndForSecondsWithoutAskingAgain() throws Exception {
        refuses(PRIVATE, MALLORY, 401);
        refuses(PRIVATE, MALLORY, 401);
        assertThat(upstream.log()).hasSize(1);
        refuses(PRIVATE, "", 401);
        admit(PRIVATE, ALICE);
        now = now.plus(AccessConfig.DEFAULT.no());
        refuses(PRIVATE, MALLORY, 401);
        assertThat(upstream.log()).hasSize(4);
        assertThat(gate.statistics().refused()).isEqualTo(4);
    }

    @Test
    void aRegistryThatOnlyClaimsADigestGetsNothing() throws Exception {
        given = "mallory does not know the content".getBytes(StandardCharsets.UTF_8);
        refuses(EVIL, MALLORY, 404);
        given = Arrays.copyOf(given, CONTENT.length);
        refuses(EVIL, MALLORY, 404);
        refuses(EVIL, "", 404);
        assertThat(gate.contains(EVIL, BLOB)).isFalse();
    }

    @Test
    void aRegistryThatGivesTheBytesHasThem() throws Exception {
        Repository other = new Repository("other.evil.test", "team/app");
        upstream.answer(exchange -> TestUpstream.reply(exchange, 200, CONTENT));
        admit(other, "");
        assertThat(gate.contains(other, BLOB)).isTrue();
    }

    @Test
    void aBlobThatIsGoneOnWithFromElsewhereIsOfNeitherUntilThatIsShown() throws Exception {
        links.begin(EVIL, BLOB);
        gate.gave(BLOB, new BlobSource(PRIVATE, ALICE), false);
        assertThat(gate.contains(EVIL, BLOB)).isFalse();
        given = new byte[CONTENT.length];
        refuses(EVIL, MALLORY, 404);
        given = CONTENT;
        admit(PRIVATE, ALICE);
        assertThat(gate.contains(PRIVATE, BLOB)).isTrue();
    }

    @Test
    void whileUpstreamIsDownWhatItAllowedStaysAllowedAndNothingElse() throws Exception {
        admit(PRIVATE, ALICE);
        upstream.answer(exchange -> TestUpstream.reply(exchange, 503, new byte[0]));
        now = now.plus(Duration.ofHours(1));
        admit(PRIVATE, ALICE);
        refuses(PRIVATE, MALLORY, 503);
        refuses(PRIVATE, "", 503);
        assertThat(gate.statistics().offline()).isEqualTo(1);
        now = now.plus(AccessConfig.DEFAULT.offline());
        refuses(PRIVATE, ALICE, 503);
    }

    @Test
    void whoAskAtTheSameMomentAreAskedAboutOnce() throws Exception {
        List<Future<Boolean>> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                answers.add(clients.submit(() -> {
                    admit(PRIVATE, ALICE);
                    return true;
                }));
            }
        }
        for (Future<Boolean> answer : answers) {
            assertThat(answer.get()).isTrue();
        }
        assertThat(upstream.log()).hasSize(1);
    }
}
