package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's mirror whose upstream is a supernode's mirror, and behind that the registry. */
class MirrorChainTest {
    private final byte[] manifest =
            "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}".getBytes(StandardCharsets.UTF_8);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private MirrorFixture supernode;
    private BlobStore store;
    private Vertx vertx;
    private MirrorRegistry first;
    private MirrorRegistry direct;
    private Mirror node;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        supernode = new MirrorFixture(directory.resolve("supernode"));
        store = BlobStore.open(directory.resolve("node"));
        vertx = Mirror.newVertx();
        first = new MirrorRegistry(
                URI.create("http://127.0.0.1:" + supernode.mirror.address().getPort()), Duration.ofSeconds(5));
        direct = new MirrorRegistry(supernode.upstream.uri(), Duration.ofSeconds(5));
        FailoverRegistry registry = new FailoverRegistry(first, direct);
        node = Mirror.start(
                MirrorConfig.on("127.0.0.1", 0).withTagLifetime(Duration.ZERO),
                Optional.empty(),
                vertx,
                new StoreExchange(store),
                store,
                registry,
                TestGate.open(store, registry, InstantSource.system()),
                Lender.NOBODY,
                SizeHints.NONE,
                push -> {
                    throw new IOException("nothing is pushed here");
                },
                ManifestWitness.NOBODY,
                router -> {});
        supernode.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, manifest, "Content-Type", ManifestDocument.OCI_MANIFEST));
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
        first.close();
        direct.close();
        client.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        store.close();
        supernode.close();
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + node.address().getPort() + path);
        return client.send(
                HttpRequest.newBuilder(uri).timeout(MirrorFixture.PATIENCE).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void theSupernodeAsksTheRegistryOnceForAllNodes() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(get("/v2/quay.io/a/b/manifests/latest").body()).isEqualTo(manifest);
        }
        assertThat(supernode.upstream.log()).containsExactly("GET /v2/a/b/manifests/latest?ns=quay.io");
    }

    @Test
    void aTagThatIsStaleAtTheSupernodeIsStaleAtTheNode() throws Exception {
        get("/v2/app/manifests/latest?ns=registry.test");
        supernode.now.updateAndGet(time -> time.plusSeconds(3600));
        supernode.upstream.close();
        HttpResponse<byte[]> answer = get("/v2/app/manifests/latest?ns=registry.test");
        assertThat(answer.body()).isEqualTo(manifest);
        assertThat(answer.headers().firstValue("warning").orElse("")).startsWith("110 ");
    }

    @Test
    void theRegistryIsAskedDirectlyWhileTheSupernodeIsGone() throws Exception {
        supernode.mirror.close();
        HttpResponse<byte[]> answer = get("/v2/app/manifests/" + Digest.of(manifest) + "?ns=registry.test");
        assertThat(answer.body()).isEqualTo(manifest);
        assertThat(supernode.upstream.log()).hasSize(1);
    }

    @Test
    void anErrorOfTheRegistryComesThroughBothUnchanged() throws Exception {
        byte[] oci = OciError.body("DENIED", "not for you", "app");
        supernode.upstream.answer(exchange -> TestUpstream.reply(exchange, 403, oci));
        HttpResponse<byte[]> answer = get("/v2/app/tags/list?ns=registry.test");
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).isEqualTo(oci);
    }
}
