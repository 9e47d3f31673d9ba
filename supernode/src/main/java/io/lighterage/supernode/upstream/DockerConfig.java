package io.lighterage.supernode.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The credentials in a Docker {@code config.json}: {@code auths}, {@code credHelpers} and {@code credsStore}, in
 * Docker's order of preference (a helper that is named for the registry, the store, then {@code auths}). Read again
 * when the file changes, because short-lived tokens are renewed by rewriting it.
 *
 * <p>The content read is guarded by this.
 */
final class DockerConfig {
    private static final Logger LOG = LoggerFactory.getLogger(DockerConfig.class);
    private static final long LARGEST_FILE = 4L << 20;
    private static final String HUB_KEY = "https://index.docker.io/v1/";

    private final Path file;
    private FileTime readAt;
    private Content content;

    private record Content(Map<String, Credentials> auths, Map<String, String> helpers, String store) {}

    /**
     * Reads the file.
     *
     * @throws UpstreamException if it cannot be read or is not what Docker writes; names the file, never its content
     */
    DockerConfig(Path file) throws IOException {
        this.file = file;
        try {
            this.readAt = Files.getLastModifiedTime(file);
            this.content = read(file);
        } catch (UpstreamException e) {
            throw e;
        } catch (IOException e) {
            throw new UpstreamException("cannot read the Docker configuration " + file + ": " + e, e);
        }
    }

    /** The credentials for {@code registry}, if there are any. */
    Optional<Credentials> of(String registry) throws InterruptedException {
        Content now = current();
        String host = host(registry);
        String server = registry.equals(ImageReference.DEFAULT_REGISTRY) ? HUB_KEY : registry;
        String helper = now.helpers.getOrDefault(host, now.store);
        if (!helper.isEmpty()) {
            try {
                Optional<Credentials> found = CredentialHelper.get(helper, server);
                if (found.isPresent()) {
                    return found;
                }
            } catch (IOException e) {
                LOG.warn("goes on without the credential helper for {}: {}", registry, e.getMessage());
            }
        }
        return Optional.ofNullable(now.auths.get(host));
    }

    private synchronized Content current() {
        try {
            FileTime modified = Files.getLastModifiedTime(file);
            if (!modified.equals(readAt)) {
                content = read(file);
                readAt = modified;
            }
        } catch (IOException e) {
            LOG.warn("keeps the credentials read before: {}", e.getMessage());
        }
        return content;
    }

    private static Content read(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new UpstreamException("the Docker configuration " + file + " has more than "
                    + LARGEST_FILE + " bytes");
        }
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            // The parser's message quotes the text around the mistake, which may be a password.
            throw new UpstreamException("the Docker configuration " + file + " is not JSON, line "
                    + (e.getLocation() == null ? "unknown" : e.getLocation().getLineNr()));
        }
        Map<String, Credentials> auths = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.path("auths").properties()) {
            credentials(file, entry.getKey(), entry.getValue()).ifPresent(c -> auths.put(host(entry.getKey()), c));
        }
        Map<String, String> helpers = new HashMap<>();
        root.path("credHelpers").properties().forEach(e -> helpers.put(host(e.getKey()), e.getValue().asText()));
        return new Content(auths, helpers, root.path("credsStore").asText(""));
    }

    private static Optional<Credentials> credentials(Path file, String key, JsonNode node) throws UpstreamException {
        String username = node.path("username").asText("");
        String password = node.path("password").asText("");
        String auth = node.path("auth").asText("");
        if (!auth.isEmpty()) {
            String pair;
            try {
                pair = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw new UpstreamException("the Docker configuration " + file + " has an auth for " + key
                        + " that is not base64");
            }
            int colon = pair.indexOf(':');
            if (colon < 0) {
                throw new UpstreamException("the Docker configuration " + file + " has an auth for "
                        + key + " without a colon");
            }
            username = pair.substring(0, colon);
            // Docker pads old passwords with NUL.
            password = pair.substring(colon + 1).replaceAll("\0+$", "");
        }
        Credentials found = new Credentials(username, password, node.path("identitytoken").asText(""));
        return found.hasPassword() || !found.identityToken().isEmpty() ? Optional.of(found) : Optional.empty();
    }

    /** The host and port in a key, which may be a registry's name or an old URL; Docker Hub has several. */
    private static String host(String key) {
        String host = key.replaceFirst("^https?://", "");
        int slash = host.indexOf('/');
        host = (slash < 0 ? host : host.substring(0, slash)).toLowerCase(Locale.ROOT);
        return host.equals("index.docker.io") || host.equals("registry-1.docker.io")
                ? ImageReference.DEFAULT_REGISTRY : host;
    }
}
