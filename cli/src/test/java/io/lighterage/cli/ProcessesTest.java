package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A supernode and a node as processes have them, in this JVM, with a registry of one blob. */
@Timeout(60)
class ProcessesTest {
    private static final String REGISTRY = "registry.test";
    private static final byte[] BLOB = new byte[1_000_000];
    private static final Pattern SAMPLE = Pattern.compile(
            "[a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{[a-z_]+=\"[^\"]*\"(?:,[a-z_]+=\"[^\"]*\")*\\})? [-+0-9.eENaInf]+");

    static {
        new Random(1).nextBytes(BLOB);
    }

    @TempDir
    Path directory;

    private final Digest digest = Digest.of(BLOB);
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer registry;
    private SupernodeProcess supernode;
    private NodeProcess node;

    @BeforeEach
    void start() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/v2/app/blobs/" + digest, exchange -> {
            try (exchange) {
                if (exchange.getRequestMethod().equals("HEAD")) {
                    exchange.getResponseHeaders().set("Content-Length", String.valueOf(BLOB.length));
                    exchange.sendResponseHeaders(200, -1);
                    return;
                }
                exchange.sendResponseHeaders(200, BLOB.length);
                exchange.getResponseBody().write(BLOB);
            }
        });
        registry.start();
        supernode = SupernodeProcess.start(supernodeConfig("supernode", 0));
        node = NodeProcess.start(nodeConfig("node", 0));
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
        if (supernode != null) {
            supernode.close();
        }
        registry.stop(0);
        client.close();
    }

    private SupernodeConfig supernodeConfig(String data, int port) {
        Settings settings = new Settings()
                .flag("data", directory.resolve(data).toString())
                .flag("http", "127.0.0.1:" + port)
                .flag("exchange", "127.0.0.1:0")
                .flags("upstream", List.of(REGISTRY + "=http://127.0.0.1:" + registry.getAddress().getPort()));
        return SupernodeConfig.of(settings);
    }

    private NodeConfig nodeConfig(String data, int port) {
        Settings settings = new Settings()
                .flag("data", directory.resolve(data).toString())
                .flag("supernode", "http://" + supernode.http())
                .flag("mirror", "127.0.0.1:" + port)
                .flag("exchange", "127.0.0.1:0");
        return NodeConfig.of(settings);
    }

    private HttpResponse<byte[]> get(HostPort at, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + at + path)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private String page(HostPort at, String path) throws Exception {
        HttpResponse<byte[]> answer = get(at, path);
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private void pull() throws Exception {
        await(node::hasSupernode);
        assertThat(get(node.mirror(), "/v2/app/blobs/" + digest + "?ns=" + REGISTRY).body()).isEqualTo(BLOB);
        assertThat(get(node.mirror(), "/v2/app/blobs/sha256:0?ns=" + REGISTRY).statusCode()).isBetween(400, 499);
        // Answers are counted when they have ended, which the client may see a moment sooner.
        await(() -> node.status().mirror().requests().keySet().containsAll(List.of("2xx", "4xx")));
    }

    @Test
    void bothAreHealthyOnceStarted() throws Exception {
        assertThat(page(supernode.http(), "/healthz")).isEqualTo("ok\n");
        assertThat(page(node.mirror(), "/healthz")).isEqualTo("ok\n");
    }

    @Test
    void theStatusSaysWhatWasDone() throws Exception {
        pull();
        JsonNode ofNode = new ObjectMapper().readTree(page(node.mirror(), "/api/v1/status"));
        assertThat(ofNode.path("role").asText()).isEqualTo("node");
        assertThat(ofNode.at("/traffic/fromSupernode").asLong()).isEqualTo(BLOB.length);
        assertThat(ofNode.at("/mirror/requests/2xx").asLong()).isEqualTo(1);
        assertThat(ofNode.at("/mirror/requests/4xx").asLong()).isEqualTo(1);
        assertThat(ofNode.at("/mirror/bytesOut").asLong()).isGreaterThanOrEqualTo(BLOB.length);
        assertThat(ofNode.at("/upstream/requests").asLong()).isZero();
        await(() -> supernode.status().trackedBlobs() == 1);
        JsonNode ofSupernode = new ObjectMapper().readTree(page(supernode.http(), "/api/v1/status"));
        assertThat(ofSupernode.path("trackedBlobs").asInt()).isEqualTo(1);
        // The blob, and before it how the registry lets clients in, and whether it lets this one read the blob.
        assertThat(ofSupernode.at("/upstream/requests").asLong()).isEqualTo(3);
        assertThat(ofSupernode.at("/upstream/bytes").asLong()).isEqualTo(BLOB.length);
        assertThat(ofSupernode.path("peers")).hasSize(1);
    }

    @Test
    void theMetricsAreReadableAndSayTheSame() throws Exception {
        pull();
        String text = page(node.mirror(), "/metrics");
        assertThat(text.lines().filter(line -> !line.startsWith("#")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).matches(SAMPLE));
        assertThat(sample(text, "lighterage_mirror_requests_total{status=\"2xx\"}")).isEqualTo(1);
        assertThat(sample(text, "lighterage_mirror_requests_total{status=\"4xx\"}")).isEqualTo(1);
        assertThat(sample(text, "lighterage_mirror_requests_total{status=\"5xx\"}")).isZero();
        assertThat(sample(text, "lighterage_mirror_stale_tags_total")).isZero();
        assertThat(sample(text, "lighterage_mirror_broken_off_total")).isZero();
        assertThat(sample(text, "lighterage_exchange_received_bytes_total{from=\"supernode\"}"))
                .isEqualTo(BLOB.length);
        await(() -> supernode.status().trackedBlobs() == 1);
        String ofSupernode = page(supernode.http(), "/metrics");
        assertThat(sample(ofSupernode, "lighterage_tracker_blobs")).isEqualTo(1);
        assertThat(sample(ofSupernode, "lighterage_upstream_received_bytes_total")).isEqualTo(BLOB.length);
    }

    @Test
    void theStatusCommandShowsIt() throws Exception {
        pull();
        JsonNode json = new ObjectMapper().readTree(command("status", "--json", "--node", "http://" + node.mirror()));
        assertThat(json.at("/mirror/requests/2xx").asLong()).isEqualTo(1);
        assertThat(json.has("upstream")).isTrue();
        assertThat(command("status", "--node", "http://" + node.mirror()))
                .contains("2 requests (2xx 1, 4xx 1)")
                .contains("tracked blobs");
    }

    private static String command(String... arguments) {
        StringWriter out = new StringWriter();
        assertThat(new CommandLine(new Lighter()).setOut(new PrintWriter(out)).execute(arguments)).isZero();
        return out.toString();
    }

    @Test
    void aPortInUseIsNamedAndLeavesTheDirectoryFree() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> NodeProcess.start(nodeConfig("other", port)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(":" + port);
            assertThatThrownBy(() -> SupernodeProcess.start(supernodeConfig("third", port)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(":" + port);
        }
        NodeProcess.start(nodeConfig("other", 0)).close();
        SupernodeProcess.start(supernodeConfig("third", 0)).close();
    }

    @Test
    void aDirectoryInUseIsNamed() {
        assertThatThrownBy(() -> NodeProcess.start(nodeConfig("node", 0)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.resolve("node").toString());
    }

    private static double sample(String text, String name) {
        Matcher found = Pattern.compile("^" + Pattern.quote(name) + " (\\S+)$", Pattern.MULTILINE).matcher(text);
        assertThat(found.find()).as(name).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
