package io.lighterage.tests.support;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A token server as registries name it in their challenges (Docker Registry v2 token authentication): anybody may pull
 * what is below {@code library/}, users whose passwords it knows may pull and push everything. Its tokens are JWTs that
 * carry the certificate of their key.
 */
public final class TokenServer implements AutoCloseable {
    private static final String SERVICE = "harbour";
    private static final String ISSUER = "harbour-master";
    private static final String STORE_PASSWORD = "of-a-test";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIFE = Duration.ofMinutes(5);

    private final HttpServer server;
    private final ExecutorService threads;
    private final Path certificateFile;
    private final Certificate certificate;
    private final PrivateKey key;
    private final Map<String, String> users;
    private final List<String> issued = new CopyOnWriteArrayList<>();

    private TokenServer(Path directory, Map<String, String> users) throws Exception {
        this.users = users;
        Path keys = directory.resolve("keys.p12");
        Programs.run(
                        Duration.ofSeconds(60),
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair", "-alias", "tokens", "-keyalg", "RSA", "-dname", "CN=" + ISSUER, "-validity", "2",
                        "-storetype", "PKCS12", "-keystore", keys.toString(), "-storepass", STORE_PASSWORD)
                .orFail();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, STORE_PASSWORD.toCharArray());
        }
        certificate = store.getCertificate("tokens");
        key = (PrivateKey) store.getKey("tokens", STORE_PASSWORD.toCharArray());
        certificateFile = Files.writeString(
                directory.resolve("tokens.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/token", this::answer);
        server.start();
    }

    /**
     * Starts one.
     *
     * @param users passwords by name
     */
    public static TokenServer start(Path directory, Map<String, String> users) throws Exception {
        return new TokenServer(directory, users);
    }

    /** How a registry has its clients come here. */
    public DockerRegistry.Access access(String pusher) {
        return new DockerRegistry.Access(
                "auth: {token: {realm: \"http://127.0.0.1:%d/token\", service: %s, issuer: %s, rootcertbundle: \"%s\"}}"
                        .formatted(server.getAddress().getPort(), SERVICE, ISSUER, certificateFile),
                pusher);
    }

    /** All tokens that it has given out. */
    public List<String> issued() {
        return List.copyOf(issued);
    }

    /** A token as this user gets it, or as one without a name does where that is empty. */
    public String token(String user, String repository) {
        return token(user, List.of("repository:" + repository + ":pull"));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                // Clients that would rather post try again so.
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            String user = "";
            String basic = exchange.getRequestHeaders().getFirst("Authorization");
            if (basic != null) {
                String[] pair = new String(
                                Base64.getDecoder().decode(basic.replaceFirst("(?i)^basic ", "")),
                                StandardCharsets.UTF_8)
                        .split(":", 2);
                if (!pair[1].equals(users.get(pair[0]))) {
                    exchange.sendResponseHeaders(401, -1);
                    return;
                }
                user = pair[0];
            }
            ObjectNode body = JSON.createObjectNode().put("token", token(user, scopes(exchange)));
            byte[] bytes = JSON.writeValueAsBytes(body.put("expires_in", LIFE.toSeconds()));
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static List<String> scopes(HttpExchange exchange) {
        List<String> scopes = new ArrayList<>();
        String query = exchange.getRequestURI().getRawQuery();
        for (String field : query == null ? new String[0] : query.split("&")) {
            if (field.startsWith("scope=")) {
                String scope = URLDecoder.decode(field.substring("scope=".length()), StandardCharsets.UTF_8);
                scopes.addAll(List.of(scope.split(" ")));
            }
        }
        return scopes;
    }

    private String token(String user, List<String> scopes) {
        long now = Instant.now().getEpochSecond();
        ObjectNode claims = JSON.createObjectNode()
                .put("iss", ISSUER).put("sub", user).put("aud", SERVICE).put("jti", Long.toString(System.nanoTime()))
                .put("iat", now).put("nbf", now - 5).put("exp", now + LIFE.toSeconds());
        ArrayNode access = claims.putArray("access");
        for (String scope : scopes) {
            String[] words = scope.split(":");
            if (words.length == 3) {
                ObjectNode one = access.addObject().put("type", words[0]).put("name", words[1]);
                ArrayNode actions = one.putArray("actions");
                for (String action : words[2].split(",")) {
                    if (!user.isEmpty() || action.equals("pull") && words[1].startsWith("library/")) {
                        actions.add(action);
                    }
                }
            }
        }
        String token = signed(claims);
        issued.add(token);
        return token;
    }

    private String signed(ObjectNode claims) {
        try {
            ObjectNode header = JSON.createObjectNode().put("typ", "JWT").put("alg", "RS256");
            header.putArray("x5c").add(Base64.getEncoder().encodeToString(certificate.getEncoded()));
            Base64.Encoder url = Base64.getUrlEncoder().withoutPadding();
            String content = url.encodeToString(JSON.writeValueAsBytes(header)) + "."
                    + url.encodeToString(JSON.writeValueAsBytes(claims));
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(content.getBytes(StandardCharsets.US_ASCII));
            return content + "." + url.encodeToString(signature.sign());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot sign a token", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
