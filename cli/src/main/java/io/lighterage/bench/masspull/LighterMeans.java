package io.lighterage.bench.masspull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A supernode, and a node with its mirror on every host. */
final class LighterMeans extends ProcessMeans {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REGISTRY = "registry.test";
    private static final Duration BUILD = Duration.ofMinutes(5);
    private static final int HTTP_PORT = 8100;
    private static final int SUPERNODE_EXCHANGE_PORT = 8101;
    private static final int MIRROR_PORT = 8102;
    private static final int EXCHANGE_PORT = 8103;
    private static final String UPSTREAM =
            REGISTRY + "=http://" + Cabling.ip(Scene.UPSTREAM) + ":" + Registries.PORT;
    private static final InetSocketAddress MIRROR = new InetSocketAddress("127.0.0.1", MIRROR_PORT);

    /** Hosts whose node was killed; guarded by this. */
    private final Set<Integer> killed = new HashSet<>();

    LighterMeans(NamespaceScene scene) {
        super(scene);
    }

    @Override
    public String name() {
        return "lighter";
    }

    @Override
    String prefix() {
        return "lighter";
    }

    @Override
    public boolean isWarmed() {
        return true;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Files.createDirectories(data(""));
        // The first start of the launcher may build: once, before twenty processes try.
        Commands.run(Place.HERE, BUILD, launcher(), "--version");
        startSupernode();
        List<Program> nodes = new ArrayList<>();
        for (int i = 0; i < scene.setting().hosts(); i++) {
            nodes.add(start(Scene.host(i), node(i)));
        }
        for (int i = 0; i < nodes.size(); i++) {
            Registries.awaitHttp(nodes.get(i), scene.network().at(Scene.host(i)), MIRROR, "/healthz");
        }
    }

    private String launcher() {
        return scene.setting().launcher().toString();
    }

    private void startSupernode() throws IOException, InterruptedException {
        String ip = Cabling.ip(Scene.SUPERNODE);
        Program supernode = start(Scene.SUPERNODE, List.of(
                launcher(), "supernode", "--data", data(Scene.SUPERNODE).toString(), "--http", ip + ":" + HTTP_PORT,
                "--exchange", ip + ":" + SUPERNODE_EXCHANGE_PORT, "--advertise", ip,
                "--upstream", UPSTREAM));
        Registries.awaitHttp(
                supernode, scene.network().at(Scene.SUPERNODE), Cabling.address(Scene.SUPERNODE, HTTP_PORT),
                        "/healthz");
    }

    private List<String> node(int host) {
        String name = Scene.host(host);
        String ip = Cabling.ip(name);
        List<String> command = new ArrayList<>(List.of(
                launcher(), "node", "--data", data(name).toString(),
                "--supernode", "http://" + Cabling.ip(Scene.SUPERNODE) + ":" + HTTP_PORT,
                "--mirror", "127.0.0.1:" + MIRROR_PORT, "--exchange", ip + ":" + EXCHANGE_PORT, "--advertise", ip,
                "--upstream", UPSTREAM)); // for when the supernode is away
        if (scene.setting().racks() > 1) {
            command.addAll(List.of("--rack", "rack" + scene.setting().rackOf(host)));
        }
        return command;
    }

    @Override
    public HostTask task(int host, PulledImage image, String repository, Path directory) {
        return pull(host, image, repository, MIRROR, "?ns=" + REGISTRY);
    }

    @Override
    public Content content(String repository) throws IOException, InterruptedException {
        long fromSupernode = 0;
        long fromNodes = 0;
        for (int i = 0; i < scene.setting().hosts(); i++) {
            if (!isKilled(i)) {
                JsonNode traffic = traffic(Scene.host(i));
                fromSupernode += traffic.path("fromSupernode").asLong();
                fromNodes += traffic.path("fromPeers").asLong();
            }
        }
        return new Content(scene.upstreamSent(repository), fromSupernode, fromNodes);
    }

    private synchronized boolean isKilled(int host) {
        return killed.contains(host);
    }

    private JsonNode traffic(String host) throws IOException, InterruptedException {
        return scene.network().at(host).call(() -> {
            try (HttpConnection connection = HttpConnection.open(MIRROR)) {
                HttpConnection.Head head = connection.get("/api/v1/status", "application/json");
                byte[] body = connection.body(head);
                if (head.status() != 200) {
                    throw new LabException(host + " answers with status " + head.status() + " to what it has moved");
                }
                return JSON.readTree(body).path("traffic");
            }
        });
    }

    @Override
    public List<List<Double>> racks() throws IOException, InterruptedException {
        return RackTraffic.read(scene.network(), scene.setting());
    }

    @Override
    public void kill(int host) {
        Program node;
        synchronized (this) {
            killed.add(host);
            node = drop(Scene.host(host));
        }
        if (node != null) {
            node.close();
        }
    }

    @Override
    public void restartSupernode() throws IOException, InterruptedException {
        Program supernode = drop(Scene.SUPERNODE);
        supernode.close();
        FileTree.delete(data(Scene.SUPERNODE));
        startSupernode();
    }
}
