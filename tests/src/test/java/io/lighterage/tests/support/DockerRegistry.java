package io.lighterage.tests.support;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A registry of images: Debian's {@code docker-registry}, with an access log. */
public final class DockerRegistry implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration START_DEADLINE = Duration.ofSeconds(30);

    private final String address;
    private final Daemon daemon;
    private final Access access;

    private DockerRegistry(String address, Daemon daemon, Access access) {
        this.address = address;
        this.daemon = daemon;
        this.access = access;
    }

    /**
     * Who may read and push.
     *
     * @param configuration the registry's {@code auth} section, or empty where everybody may
     * @param pusher user and password, with a colon between them, of one who may push; empty where all may
     */
    public record Access(String configuration, String pusher) {
        /** Everybody may read and push. */
        public static final Access OPEN = new Access("", "");

        /** Nobody may do anything but this user, by HTTP Basic. */
        public static Access htpasswd(Path directory, String user, String password)
                throws IOException, InterruptedException {
            Path file = directory.resolve("htpasswd");
            Programs.run(Duration.ofSeconds(10), "htpasswd", "-Bbc", file.toString(), user, password).orFail();
            return new Access(
                    "auth: {htpasswd: {realm: harbour, path: \"%s\"}}".formatted(file), user + ":" + password);
        }
    }

    /** Starts a registry on a free port; {@code directory} holds all that it has. */
    public static DockerRegistry start(Path directory) throws IOException, InterruptedException {
        return start(directory, LOOPBACK);
    }

    /** Starts a registry on a free port of one of this host's addresses; {@code directory} holds all that it has. */
    public static DockerRegistry start(Path directory, String host) throws IOException, InterruptedException {
        return start(directory, host, Ports.free(), Access.OPEN);
    }

    /** Starts a registry; {@code directory} may hold what an earlier one left. */
    public static DockerRegistry start(Path directory, int port) throws IOException, InterruptedException {
        return start(directory, port, Access.OPEN);
    }

    /** Starts a registry for some; {@code directory} may hold what an earlier one left. */
    public static DockerRegistry start(Path directory, int port, Access access)
            throws IOException, InterruptedException {
        return start(directory, LOOPBACK, port, access);
    }

    private static DockerRegistry start(Path directory, String host, int port, Access access)
            throws IOException, InterruptedException {
        String address = host + ":" + port;
        Path config = directory.resolve("config.yml");
        Files.writeString(config, """
            version: 0.1
            log: {level: error, accesslog: {disabled: false}}
            storage: {filesystem: {rootdirectory: %s}}
            validation: {manifests: {urls: {allow: ["^https?://"]}}}
            http: {addr: "%s"}
            %s
            """.formatted(directory.resolve("blobs"), address, access.configuration));
        Daemon daemon = Daemon.start(
                "docker-registry",
                directory.resolve("log"),
                Map.of(),
                List.of("docker-registry", "serve", config.toString()));
        DockerRegistry registry = new DockerRegistry(address, daemon, access);
        try {
            daemon.awaitReady(
                    () -> Http.status(registry.url().resolve("/v2/")) == registry.welcome(), START_DEADLINE);
        } catch (Throwable e) {
            registry.close();
            throw e;
        }
        return registry;
    }

    private int welcome() {
        return access.configuration.isEmpty() ? HttpURLConnection.HTTP_OK : HttpURLConnection.HTTP_UNAUTHORIZED;
    }

    /** Host and port. */
    public String address() {
        return address;
    }

    /** Its URL, without a path. */
    public URI url() {
        return URI.create("http://" + address());
    }

    /** Puts an image there under {@code name}, repository and tag. Needs root. */
    public void push(OciImage image, String name) throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(List.of("--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"));
        if (!access.pusher.isEmpty()) {
            arguments.addAll(List.of("--dest-creds", access.pusher));
        }
        arguments.addAll(List.of("oci:" + image.layout(), "docker://" + address() + "/" + name));
        Skopeo.run(arguments.toArray(String[]::new)).orFail();
    }

    /** What it was asked so far, the oldest first. */
    public AccessLog accesses() {
        return AccessLog.parse(daemon.log());
    }

    /** Bytes that it has sent of a blob so far. */
    public long bytesSent(Digest blob) {
        return accesses().bytesSent(blob);
    }

    @Override
    public void close() throws InterruptedException {
        daemon.close();
    }
}
