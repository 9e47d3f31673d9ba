package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessMemoryTest {
    private static final Repository PRIVATE = new Repository("registry.test", "team/app");
    private static final Repository OTHER = new Repository("registry.test", "team/other");
    private static final String ALICE = basic("alice:cargo-of-alice");
    private static final String MALLORY = basic("mallory:cargo-of-alice");
    private static final String TOKEN = "Bearer abc.def.ghi";
    private static final Duration OFFLINE = Duration.ofHours(2);

    @TempDir
    private Path directory;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private BlobStore store;
    private AccessMemory memory;

    @BeforeEach
    void open() throws Exception {
        store = BlobStore.open(directory);
        KeyValueTable table = store.table("access");
        memory = new AccessMemory(AccessConfig.DEFAULT.withOffline(OFFLINE), table, () -> now);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private void restart() throws Exception {
        close();
        open();
    }

    private static String basic(String text) {
        return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatUpstreamAllowedIsAllowedForMinutesAndWhileItIsDownForLonger() {
        memory.allow(PRIVATE, ALICE);
        assertThat(memory.isAllowed(PRIVATE, ALICE)).isTrue();
        assertThat(memory.isAllowed(OTHER, ALICE)).isFalse();
        assertThat(memory.isAllowed(PRIVATE, MALLORY)).isFalse();
        assertThat(memory.isAllowed(PRIVATE, "")).isFalse();
        now = now.plus(AccessConfig.DEFAULT.yes());
        assertThat(memory.isAllowed(PRIVATE, ALICE)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isTrue();
        now = now.plus(OFFLINE);
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isFalse();
    }

    @Test
    void upstreamIsNotAskedAgainAtOnceWhenItCouldNotBeAsked() {
        memory.allow(PRIVATE, ALICE);
        now = now.plus(AccessConfig.DEFAULT.yes());
        assertThat(memory.isAllowed(PRIVATE, ALICE)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isTrue();
        assertThat(memory.isAllowedOffline(PRIVATE, MALLORY)).isFalse();
        assertThat(memory.isAllowed(PRIVATE, ALICE)).isTrue();
        assertThat(memory.isAllowed(PRIVATE, MALLORY)).isFalse();
        now = now.plus(Duration.ofSeconds(30));
        assertThat(memory.isAllowed(PRIVATE, ALICE)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isTrue();
        now = now.plus(OFFLINE);
        assertThat(memory.isAllowed(PRIVATE, ALICE)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isFalse();
    }

    @Test
    void aRestartTakesNobodysRightAwayAndGivesNobodyOne() throws Exception {
        memory.allow(PRIVATE, ALICE);
        memory.allow(OTHER, "");
        restart();
        assertThat(memory.isAllowed(PRIVATE, ALICE)).as("while upstream can be asked, it is").isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isTrue();
        assertThat(memory.isAllowedOffline(OTHER, "")).isTrue();
        assertThat(memory.isAllowedOffline(OTHER, ALICE)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, MALLORY)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, "")).isFalse();
        now = now.plus(OFFLINE);
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isFalse();
    }

    @Test
    void aRefusalEndsWhatWasAllowedBeforeAlsoAfterARestart() throws Exception {
        memory.allow(PRIVATE, ALICE);
        memory.allow(PRIVATE, "");
        RefusedException refusal = RefusedException.of(401, OciError.UNAUTHORIZED, "no", "");
        restart();
        memory.refuse(PRIVATE, ALICE, refusal);
        memory.refuse(PRIVATE, "", refusal);
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isFalse();
        assertThat(memory.refusal(PRIVATE, ALICE)).contains(refusal);
        restart();
        assertThat(memory.isAllowedOffline(PRIVATE, ALICE)).isFalse();
        assertThat(memory.isAllowedOffline(PRIVATE, "")).isFalse();
    }

    @Test
    void aTokenIsKnownUntilTheProcessEnds() throws Exception {
        memory.allow(PRIVATE, TOKEN);
        assertThat(memory.isAllowedOffline(PRIVATE, TOKEN)).isTrue();
        restart();
        assertThat(memory.isAllowedOffline(PRIVATE, TOKEN)).isFalse();
    }

    @Test
    void noCredentialCanBeReadOnTheDisk() throws Exception {
        memory.allow(PRIVATE, ALICE);
        memory.allow(PRIVATE, TOKEN);
        memory.challenged("registry.test", "Basic realm=\"r\"");
        close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = read(file);
                for (String secret : List.of(ALICE.substring(6), "cargo-of-alice", TOKEN.substring(7))) {
                    assertThat(bytes.contains(secret)).as("%s in %s", secret, file).isFalse();
                }
            }
        }
        open();
        assertThat(memory.challenge("registry.test")).contains("Basic realm=\"r\"");
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }
}
