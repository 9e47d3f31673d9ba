package io.lighterage.supernode.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.lighterage.peer.content.Repository;
import io.lighterage.supernode.upstream.RegistryRequest.Method;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
    private static final char[] STORE_PASSWORD = "changeit".toCharArray();

    @TempDir
    Path directory;

    private HttpsServer server;
    private Path authority;
    private volatile String location = "";
    private volatile String challenge = "";

    @BeforeEach
    void open() throws Exception {
        Path keys = directory.resolve("keys.p12");
        authority = directory.resolve("authority.pem");
        keytool("-genkeypair", "-keystore", keys.toString(), "-storepass", "changeit",
                "-alias", "registry", "-keyalg", "EC",
                "-dname", "CN=registry", "-ext", "san=ip:127.0.0.1");
        keytool("-exportcert", "-rfc", "-keystore", keys.toString(), "-storepass", "changeit",
                "-alias", "registry", "-file",
                authority.toString());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, STORE_PASSWORD);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, STORE_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            try (exchange) {
                if (!location.isEmpty()) {
                    exchange.getResponseHeaders().set("Location", location);
                } else if (!challenge.isEmpty()) {
                    exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
                }
                exchange.sendResponseHeaders(!location.isEmpty() ? 307 : !challenge.isEmpty() ? 401 : 200, -1);
            }
        });
        server.start();
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addFirst(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private UpstreamConfig.Builder config() {
        return UpstreamConfig.defaults().toBuilder()
                .upstream("reg.example", URI.create("https://127.0.0.1:" + server.getAddress().getPort()))
                .retries(1, Duration.ofMillis(5));
    }

    private static int status(UpstreamConfig config) throws IOException, InterruptedException {
        try (RegistryClient client = new RegistryClient(config);
                RegistryResponse response = client.request(
                        RegistryRequest.of(Method.GET, new Repository("reg.example", "team/app"), "tags/list"))) {
            return response.status();
        }
    }

    @Test
    void aRegistryIsTrustedByAnExtraAuthorityOnly() throws Exception {
        assertThat(status(config().extraAuthority(authority).build())).isEqualTo(200);
        UpstreamConfig without = config().build();
        assertThatThrownBy(() -> status(without))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("127.0.0.1");
    }

    @Test
    void aRedirectFromHttpsToPlainHttpIsRefused() {
        location = "http://127.0.0.1:1/blob?signature=hidden";
        UpstreamConfig config = config().extraAuthority(authority).build();
        assertThatThrownBy(() -> status(config))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("from https to plain http")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void aTokenServerWithoutTlsGetsNoCredentials() {
        challenge = "Bearer realm=\"http://127.0.0.1:1/token\"";
        UpstreamConfig config = config().extraAuthority(authority).build();
        assertThatThrownBy(() -> status(config))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("without TLS");
    }

    @Test
    void aFileWithoutCertificatesIsNamed() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty.pem"), "nothing here");
        UpstreamConfig config = config().extraAuthority(empty).build();
        assertThatThrownBy(() -> status(config))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("empty.pem");
    }
}
