package io.lighterage.cli.demo;

import io.lighterage.bench.masspull.HostTask;
import io.lighterage.bench.masspull.MassPullSetting;
import io.lighterage.bench.masspull.Means;
import io.lighterage.bench.masspull.Pattern;
import io.lighterage.bench.masspull.PulledImage;
import io.lighterage.bench.masspull.Scene;
import io.lighterage.bench.report.Report;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.blockdev.linux.FileTree;
import io.lighterage.blockdev.mount.LazyConfig;
import io.lighterage.cli.AccessSettings;
import io.lighterage.cli.HostPort;
import io.lighterage.cli.NodeConfig;
import io.lighterage.cli.NodeProcess;
import io.lighterage.cli.SupernodeConfig;
import io.lighterage.cli.SupernodeProcess;
import io.lighterage.supernode.api.ProcessStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A supernode and nodes in this JVM. */
final class LocalMeans implements Means {
    private static final HostPort ANY = new HostPort("127.0.0.1", 0);
    private static final long CONNECTING_SECONDS = 30;
    private static final long POLL_MILLIS = 10;

    private final LocalScene scene;

    /** Those that run; guarded by this. */
    private final Map<Integer, NodeProcess> nodes = new TreeMap<>();

    /** Guarded by this. */
    private SupernodeProcess supernode;

    LocalMeans(LocalScene scene) {
        this.scene = scene;
    }

    @Override
    public String name() {
        return "lighter";
    }

    @Override
    public boolean isWarmed() {
        return true;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        MassPullSetting setting = scene.setting();
        startSupernode(ANY);
        for (int i = 0; i < setting.hosts(); i++) {
            long limit = LocalScene.bytesPerSecond(setting.links().host());
            boolean slow = setting.pattern() instanceof Pattern.SlowHost && i == setting.hosts() - 1;
            long own = slow ? Math.max(1, limit / ((Pattern.SlowHost) setting.pattern()).factor()) : limit;
            String rack = setting.racks() > 1 ? "rack" + setting.rackOf(i) : "";
            NodeProcess node = NodeProcess.start(new NodeConfig(
                    scene.data(Scene.host(i)), URI.create(supernode().http().url()), ANY, ANY, Optional.of(ANY.host()),
                            rack, "",
                    scene.upstreams(), Optional.empty(), Optional.empty(), own, LazyConfig.DEFAULT, Optional.empty(),
                    AccessSettings.node()));
            synchronized (this) {
                nodes.put(i, node);
            }
        }
        awaitConnections();
        scene.runs(Optional.of(this));
    }

    private synchronized SupernodeProcess supernode() {
        return supernode;
    }

    private void startSupernode(HostPort http) throws IOException, InterruptedException {
        SupernodeProcess started = SupernodeProcess.start(new SupernodeConfig(
                scene.data(Scene.SUPERNODE), http, ANY, Optional.of(ANY.host()), scene.upstreams(), Optional.empty(),
                Optional.empty(), LocalScene.bytesPerSecond(scene.setting().links().supernode()), LayerLimits.DEFAULT,
                AccessSettings.supernode()));
        synchronized (this) {
            supernode = started;
        }
    }

    private void awaitConnections() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(CONNECTING_SECONDS);
        while (!running().values().stream().allMatch(NodeProcess::hasSupernode)) {
            if (System.nanoTime() > deadlineNs) {
                throw new IOException("not all nodes reached the supernode within " + CONNECTING_SECONDS + " s");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private synchronized Map<Integer, NodeProcess> running() {
        return new TreeMap<>(nodes);
    }

    @Override
    public HostTask task(int host, PulledImage image, String repository, Path directory) {
        URI mirror = URI.create(running().get(host).mirror().url());
        return scene.pull(host, mirror, "?ns=" + LocalScene.registry(repository), image);
    }

    @Override
    public Content content(String repository) {
        long fromSupernode = 0;
        long fromNodes = 0;
        for (NodeProcess node : running().values()) {
            ProcessStatus.Traffic traffic = node.status().traffic();
            fromSupernode += traffic.fromSupernode();
            fromNodes += traffic.fromPeers();
        }
        return new Content(scene.server(repository).totalSent(), fromSupernode, fromNodes);
    }

    /** What each has moved of content. */
    Map<String, Report.Moved> moved() {
        Map<String, Report.Moved> all = new LinkedHashMap<>();
        long fromSupernode = 0;
        for (Map.Entry<Integer, NodeProcess> node : running().entrySet()) {
            ProcessStatus.Traffic traffic = node.getValue().status().traffic();
            fromSupernode += traffic.fromSupernode();
            all.put(Scene.host(node.getKey()),
                    new Report.Moved(traffic.toNodes(), traffic.fromSupernode() + traffic.fromPeers()));
        }
        all.put(Scene.SUPERNODE, new Report.Moved(fromSupernode, supernode().status().traffic().fromUpstream()));
        return all;
    }

    @Override
    public void requireAlive() {
        // they live in this JVM
    }

    @Override
    public Map<String, Report.Process> processes() {
        return one();
    }

    /** All of this JVM as one process. */
    static Map<String, Report.Process> one() {
        String name = "all in one process";
        double cpu = ProcessHandle.current().info().totalCpuDuration().map(d -> d.toNanos() / 1e9).orElse(0.0);
        return Map.of(name, new Report.Process(name, cpu, peakBytes()));
    }

    private static long peakBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(l -> l.startsWith("VmHWM:")).findFirst()
                    .map(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024).orElse(0L);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<List<Double>> racks() {
        return List.of();
    }

    @Override
    public void kill(int host) {
        NodeProcess node;
        synchronized (this) {
            node = nodes.remove(host);
        }
        if (node != null) {
            node.close();
        }
    }

    @Override
    public void restartSupernode() throws IOException, InterruptedException {
        SupernodeProcess old = supernode();
        HostPort http = old.http();
        old.close();
        FileTree.delete(scene.data(Scene.SUPERNODE));
        startSupernode(http);
    }

    @Override
    public void close() throws IOException {
        scene.runs(Optional.empty());
        running().values().forEach(NodeProcess::close);
        SupernodeProcess last = supernode();
        if (last != null) {
            last.close();
        }
        FileTree.delete(scene.data(""));
    }
}
