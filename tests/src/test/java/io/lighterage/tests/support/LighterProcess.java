package io.lighterage.tests.support;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code lighter supernode} or {@code lighter node} of this checkout, run by its launcher on ports and a data
 * directory of its own, which it keeps when it is started again. Owned by one thread.
 */
public final class LighterProcess implements AutoCloseable {
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private final String name;
    private final Path directory;
    private final Place place;
    private final URI http;
    private final List<String> arguments;
    private final HttpClient client;
    private Daemon daemon;

    private LighterProcess(
            String name,
            Path directory,
            Place place,
            int httpPort,
            List<String> arguments,
            Optional<Certificates> certificates) {
        this.name = name;
        this.directory = directory;
        this.place = place;
        this.client = certificates.map(Certificates::client).orElse(Http.CLIENT);
        this.http = URI.create((certificates.isPresent() ? "https://" : "http://") + place.address + ":" + httpPort);
        this.arguments = arguments;
    }

    /** The launcher at the top of the checkout, if it is there. */
    public static Optional<Path> launcher() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("supernode")) && Files.isExecutable(at.resolve("lighter"))) {
                return Optional.of(at.resolve("lighter"));
            }
        }
        return Optional.empty();
    }

    /** Runs {@code lighter} with {@code arguments} to its end. */
    public static Programs.Result run(Duration deadline, String... arguments) throws IOException, InterruptedException {
        return run(Place.HERE, deadline, arguments);
    }

    /** Runs {@code lighter} somewhere with {@code arguments} to its end. */
    public static Programs.Result run(Place place, Duration deadline, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(place.prefix);
        command.add(launcher().orElseThrow().toString());
        command.addAll(List.of(arguments));
        return Programs.run(deadline, environment(), command);
    }

    /**
     * Where a process runs.
     *
     * @param prefix what its command begins with to get there
     * @param address the address that it binds and by which others reach it
     */
    public record Place(List<String> prefix, String address) {
        /** This host's loopback. */
        public static final Place HERE = new Place(List.of(), "127.0.0.1");
    }

    /** Starts a supernode, ready when this returns. */
    public static LighterProcess supernode(Workspace workspace, Map<String, URI> upstreams)
            throws IOException, InterruptedException {
        return supernode(workspace, upstreams, Place.HERE);
    }

    /** Starts a supernode somewhere with more arguments, ready when this returns. */
    public static LighterProcess supernode(Workspace workspace, Map<String, URI> upstreams, Place place, String... more)
            throws IOException, InterruptedException {
        return supernode(workspace, upstreams, place, Optional.empty(), more);
    }

    /** Starts a supernode that speaks only with hosts that have certificates, ready when this returns. */
    public static LighterProcess supernode(Workspace workspace, Map<String, URI> upstreams, Certificates certificates)
            throws IOException, InterruptedException {
        return supernode(workspace, upstreams, Place.HERE, Optional.of(certificates));
    }

    private static LighterProcess supernode(
            Workspace workspace,
            Map<String, URI> upstreams,
            Place place,
            Optional<Certificates> certificates,
            String... more)
            throws IOException, InterruptedException {
        Path directory = workspace.directory("supernode");
        int httpPort = Ports.free();
        List<String> arguments = new ArrayList<>(List.of(
                "supernode",
                "--data", directory.resolve("data").toString(),
                "--http", place.address + ":" + httpPort,
                "--exchange", place.address + ":" + Ports.free(),
                "--advertise", place.address));
        addUpstreams(arguments, upstreams);
        certificates.map(Certificates::flags).ifPresent(arguments::addAll);
        arguments.addAll(List.of(more));
        return started(workspace, new LighterProcess("supernode", directory, place, httpPort, arguments, certificates));
    }

    /**
     * Starts a node, ready when this returns.
     *
     * @param supernode the supernode's URL, whether it runs or not
     * @param upstreams where it finds registries when the supernode is away
     */
    public static LighterProcess node(Workspace workspace, String name, URI supernode, Map<String, URI> upstreams)
            throws IOException, InterruptedException {
        return node(workspace, name, supernode, upstreams, Place.HERE);
    }

    /** Starts a node somewhere with more arguments, ready when this returns. */
    public static LighterProcess node(
            Workspace workspace, String name, URI supernode, Map<String, URI> upstreams, Place place, String... more)
            throws IOException, InterruptedException {
        return node(workspace, name, supernode, upstreams, place, Optional.empty(), more);
    }

    /**
     * Starts a node that speaks only with hosts that have certificates, and its mirror HTTPS; ready when this returns.
     */
    public static LighterProcess node(
            Workspace workspace, String name, URI supernode, Map<String, URI> upstreams, Certificates certificates)
            throws IOException, InterruptedException {
        String[] flags = certificates.nodeFlags().toArray(String[]::new);
        return node(workspace, name, supernode, upstreams, Place.HERE, Optional.of(certificates), flags);
    }

    private static LighterProcess node(
            Workspace workspace,
            String name,
            URI supernode,
            Map<String, URI> upstreams,
            Place place,
            Optional<Certificates> certificates,
            String... more)
            throws IOException, InterruptedException {
        Path directory = workspace.directory(name);
        int mirrorPort = Ports.free();
        List<String> arguments = new ArrayList<>(List.of(
                "node",
                "--data", directory.resolve("data").toString(),
                "--supernode", supernode.toString(),
                "--mirror", place == Place.HERE ? "127.0.0.1:" + mirrorPort : "0.0.0.0:" + mirrorPort,
                "--exchange", place.address + ":" + Ports.free(),
                "--advertise", place.address));
        addUpstreams(arguments, upstreams);
        arguments.addAll(List.of(more));
        return started(workspace, new LighterProcess(name, directory, place, mirrorPort, arguments, certificates));
    }

    private static LighterProcess started(Workspace workspace, LighterProcess process)
            throws IOException, InterruptedException {
        process.start();
        return workspace.own(process);
    }

    private static void addUpstreams(List<String> arguments, Map<String, URI> upstreams) {
        upstreams.forEach((registry, url) -> arguments.addAll(List.of("--upstream", registry + "=" + url)));
    }

    /** Packages' directories only would hide the JDK that runs this test. */
    private static Map<String, String> environment() {
        return Map.of("JAVA_HOME", System.getProperty("java.home"), "PATH", System.getenv("PATH"));
    }

    /** Starts it (again), with the same ports and data; returns when it is ready. */
    public void start() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(place.prefix);
        command.add(launcher().orElseThrow().toString());
        command.addAll(arguments);
        daemon = Daemon.start(name, directory.resolve("log"), environment(), command);
        try {
            daemon.awaitReady(() -> Http.status(client, http.resolve("/healthz")) == 200, START_DEADLINE);
        } catch (Throwable e) {
            daemon.close();
            throw e;
        }
    }

    /** Ends it as {@code kill -9} does. */
    public void killHard() throws InterruptedException {
        daemon.killAlone();
    }

    /** The process's number: the launcher becomes the process. */
    public long pid() {
        return daemon.pid();
    }

    /** The supernode's control API or the node's mirror. */
    public URI http() {
        return http;
    }

    /** Where a supernode tells of an image. */
    public URI about(String path, String image) {
        return http().resolve(path + "?image=" + URLEncoder.encode(image, StandardCharsets.UTF_8));
    }

    /** Where a supernode tells what starts of an image read, whose tag and manifest these are. */
    public URI traces(String tagged, Digest manifest) {
        return about("/api/v1/traces", tagged.replaceFirst(":[0-9]+$", "@" + manifest));
    }

    /** The directory of its blobs. */
    public Path data() {
        return directory.resolve("data");
    }

    /** Everything that it has logged, over all its starts. */
    public String log() {
        return daemon.log();
    }

    /** The node as an engine's mirror. */
    public Mirror mirror() {
        return new Mirror(http.getAuthority(), true);
    }

    @Override
    public void close() throws InterruptedException {
        daemon.close();
    }
}
