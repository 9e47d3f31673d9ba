package io.lighterage.tests.torrent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.Namespace;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A registry with one image, a supernode with the lane before it, and a network for clients. Owned by one thread. */
final class LaneScene implements AutoCloseable {
    static final String REPOSITORY = "team/cargo";

    private static final int LAYERS = 3;

    private final Workspace workspace;
    private final Namespace namespace;
    private final OciImage image;
    private final LighterProcess supernode;
    private final InetSocketAddress lane;

    private LaneScene(
            Workspace workspace,
            Namespace namespace,
            OciImage image,
            LighterProcess supernode,
            InetSocketAddress lane) {
        this.workspace = workspace;
        this.namespace = namespace;
        this.image = image;
        this.supernode = supernode;
        this.lane = lane;
    }

    /**
     * Skips the test where the machine cannot run it.
     *
     * @param layerBytes size of each of the image's layers, about
     * @param more arguments of the supernode
     */
    static LaneScene create(int layerBytes, String... more) throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "ip", "aria2c", "transmission-cli");
        Requires.lighter();
        Workspace workspace = Workspace.create();
        try {
            Namespace namespace = workspace.own(Namespace.create());
            DockerRegistry registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
            OciImage image = Images.random(workspace, "image", LAYERS, layerBytes, 7);
            registry.push(image, REPOSITORY + ":1");
            InetSocketAddress lane = new InetSocketAddress(namespace.outside(), Ports.free());
            List<String> arguments =
                    new ArrayList<>(List.of("--torrent", lane.getHostString() + ":" + lane.getPort()));
            arguments.addAll(List.of(more));
            LighterProcess supernode = LighterProcess.supernode(
                    workspace,
                    Map.of(Mirror.REGISTRY, registry.url()),
                    new LighterProcess.Place(List.of(), namespace.outside()),
                    arguments.toArray(String[]::new));
            return new LaneScene(workspace, namespace, image, supernode, lane);
        } catch (Throwable e) {
            workspace.close();
            throw e;
        }
    }

    OciImage image() {
        return image;
    }

    /** The image's name. */
    String reference() {
        return Mirror.REGISTRY + "/" + REPOSITORY + ":1";
    }

    LighterProcess supernode() {
        return supernode;
    }

    /** Where BitTorrent clients connect. */
    InetSocketAddress lane() {
        return lane;
    }

    /** Where clients run. */
    Namespace namespace() {
        return namespace;
    }

    /** A fresh directory. */
    Path directory(String name) throws IOException {
        return Files.createTempDirectory(workspace.directory("downloads"), name);
    }

    /** Closes {@code resource} with this. */
    <T extends AutoCloseable> T own(T resource) {
        return workspace.own(resource);
    }

    /** Where the image's torrent is. */
    URI imageTorrent() {
        return supernode.http().resolve("/torrents/image?ref=" + reference());
    }

    /** Where a layer's torrent is; {@code form} is torrent or magnet. */
    URI layerTorrent(Digest layer, String form) {
        return supernode.http().resolve(
                "/torrents/" + layer + "." + form + "?repository=" + Mirror.REGISTRY + "/" + REPOSITORY);
    }

    /** A {@code .torrent} in a file. */
    Path file(URI torrent) throws IOException, InterruptedException {
        return Files.write(directory("torrent").resolve("a.torrent"), Http.get(torrent));
    }

    /** A magnet link. */
    String magnet(URI magnet) throws IOException, InterruptedException {
        return new String(Http.get(magnet)).strip();
    }

    /** The name of the torrent that a magnet link names. */
    byte[] infoHash(String magnet) {
        return HexFormat.of().parseHex(magnet.replaceFirst(".*btih:([0-9a-f]{40}).*", "$1"));
    }

    /** What the supernode says of its lane. */
    JsonNode status() throws IOException, InterruptedException {
        return new ObjectMapper()
                .readTree(Http.get(supernode.http().resolve("/api/v1/status")))
                .path("torrents");
    }

    @Override
    public void close() throws Exception {
        workspace.close();
    }
}
