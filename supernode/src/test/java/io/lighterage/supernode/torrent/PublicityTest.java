package io.lighterage.supernode.torrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.supernode.upstream.HostileRegistry;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicityTest {
    private static final byte[] CONTENT = {1, 2, 3};

    @TempDir
    Path directory;

    private HostileRegistry registry;
    private RegistryClient anonymous;
    private RegistryClient own;
    private Repository repository;
    private Digest blob;

    @BeforeEach
    void open() throws IOException {
        registry = new HostileRegistry();
        repository = new Repository(registry.name(), "team/app");
        blob = registry.add(CONTENT);
        String secret = Base64.getEncoder().encodeToString("us:secret".getBytes(StandardCharsets.US_ASCII));
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"auths\":{\"" + registry.name() + "\":{\"auth\":\"" + secret + "\"}}}");
        anonymous = new RegistryClient(config().build());
        own = new RegistryClient(config().dockerConfig(config).build());
    }

    private UpstreamConfig.Builder config() {
        return UpstreamConfig.defaults().toBuilder()
                .upstream(registry.name(), registry.url())
                .retries(1, Duration.ofMillis(5));
    }

    @AfterEach
    void close() {
        anonymous.close();
        own.close();
        registry.close();
    }

    private void closeToStrangers() {
        registry.trick = (exchange, number) -> {
            if (exchange.getRequestHeaders().getFirst("Authorization") != null) {
                return false;
            }
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"here\"");
            exchange.sendResponseHeaders(401, -1);
            return true;
        };
    }

    @Test
    void whatTheRegistryGivesToEverybodyIsPublicAndAskedForOnce() throws Exception {
        Publicity publicity = new Publicity(anonymous, own, Set.of());
        assertThat(publicity.allows(repository, blob)).isTrue();
        assertThat(publicity.allows(repository, blob)).isTrue();
        assertThat(registry.seen).hasSize(1);
        assertThat(publicity.allows(repository, Digest.of(new byte[] {9}))).isFalse();
    }

    @Test
    void whatNeedsCredentialsIsNeverGivenOutUnlessItIsNamed() throws Exception {
        closeToStrangers();
        Publicity publicity = new Publicity(anonymous, own, Set.of());
        assertThat(publicity.allows(repository, blob)).isFalse();
        assertThat(publicity.stillAllows(repository, blob)).isFalse();
        assertThat(registry.seen).allMatch(request -> request.authorization() == null);
        assertThat(new Publicity(anonymous, own, Set.of(repository.toString())).allows(repository, blob)).isTrue();
        assertThat(new Publicity(anonymous, own, Set.of("other/name")).allows(repository, blob)).isFalse();
    }

    @Test
    void whatWasOfferedStaysOfferedWhileTheRegistryIsAwayAndNothingNewIs() throws Exception {
        Publicity publicity = new Publicity(anonymous, own, Set.of());
        registry.trick = (exchange, number) -> {
            exchange.sendResponseHeaders(503, -1);
            return true;
        };
        assertThatThrownBy(() -> publicity.allows(repository, blob)).isInstanceOf(IOException.class);
        assertThat(publicity.stillAllows(repository, blob)).isTrue();
    }
}
