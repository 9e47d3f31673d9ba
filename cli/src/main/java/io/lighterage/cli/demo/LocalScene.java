package io.lighterage.cli.demo;

import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.masspull.Baseline;
import io.lighterage.bench.masspull.HostTask;
import io.lighterage.bench.masspull.MassPullSetting;
import io.lighterage.bench.masspull.Means;
import io.lighterage.bench.masspull.Pattern;
import io.lighterage.bench.masspull.PulledImage;
import io.lighterage.bench.masspull.RegistryPull;
import io.lighterage.bench.masspull.Scene;
import io.lighterage.bench.masspull.WorkDirectory;
import io.lighterage.bench.report.Report;
import io.lighterage.peer.swarm.TokenBucket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The scene of a measurement for users without privileges: supernode, nodes and a registry in this process, each of
 * which sends no more than its link carries. What a host receives is not limited.
 */
public final class LocalScene implements Scene {
    private static final long BYTES_PER_MBIT = 125_000;

    private final MassPullSetting setting;
    private final WorkDirectory work;

    /** Shared by all registries, as they are one. */
    private final TokenBucket upstream;

    /** By repository, each a registry of its own name. */
    private final Map<String, DemoRegistry> registries = new LinkedHashMap<>();

    private volatile Optional<LocalMeans> running = Optional.empty();

    private LocalScene(MassPullSetting setting, WorkDirectory work) {
        this.setting = setting;
        this.work = work;
        this.upstream = new TokenBucket(setting.links().upstream() * BYTES_PER_MBIT);
    }

    /**
     * Makes it.
     *
     * @param work for all data; stays the caller's
     * @throws LabException if the setting asks for what only namespaces can do
     */
    public static LocalScene create(MassPullSetting setting, WorkDirectory work) throws LabException {
        if (setting.pattern() instanceof Pattern.DeadHost) {
            throw new LabException("pattern: a cable can be pulled in namespaces only, which need root");
        }
        for (Baseline baseline : setting.baselines()) {
            if (baseline != Baseline.UPSTREAM) {
                throw new LabException("baseline: " + baseline + " needs namespaces, and those need root");
            }
        }
        return new LocalScene(setting, work);
    }

    @Override
    public String name() {
        return "one process";
    }

    @Override
    public void publish(PulledImage image, String repository) throws IOException {
        List<DemoLayer> layers = new ArrayList<>();
        for (PulledImage.Content layer : image.layers()) {
            layers.add(new DemoLayer(layer.file(), DemoLayer.TAR, layer.digest(), layer.digest(), layer.length()));
        }
        DemoImage served = new DemoImage(image.manifest(), Files.readAllBytes(image.config().file()), layers);
        registries.put(repository, DemoRegistry.start(served, upstream));
    }

    @Override
    public Means means(Optional<Baseline> baseline) {
        return baseline.isEmpty() ? new LocalMeans(this) : new LocalDirect(this);
    }

    MassPullSetting setting() {
        return setting;
    }

    WorkDirectory work() {
        return work;
    }

    /** A link's rate as bytes a second. */
    static long bytesPerSecond(int mbit) {
        return mbit * BYTES_PER_MBIT;
    }

    /** The registry of {@code repository} by name. */
    static String registry(String repository) {
        return repository.replace('/', '-') + ".local";
    }

    Map<String, List<URI>> upstreams() {
        Map<String, List<URI>> all = new LinkedHashMap<>();
        registries.forEach((repository, server) -> all.put(registry(repository), List.of(server.url())));
        return all;
    }

    DemoRegistry server(String repository) {
        return registries.get(repository);
    }

    void runs(Optional<LocalMeans> means) {
        running = means;
    }

    /** A pull of a host from {@code base}, which is a mirror if {@code query} says of which registry. */
    HostTask pull(int host, URI base, String query, PulledImage image) {
        RegistryPull.Source source = new RegistryPull.Source(
                new InetSocketAddress(base.getHost(), base.getPort()), DemoRegistry.REPOSITORY, DemoRegistry.TAG,
                        query);
        return new RegistryPull(Scene.host(host), Place.HERE, source, image, setting.parallel());
    }

    @Override
    public Map<String, Report.Moved> moved() {
        Map<String, Report.Moved> all = new LinkedHashMap<>();
        all.put(Scene.UPSTREAM, new Report.Moved(registries.values().stream().mapToLong(DemoRegistry::totalSent).sum(),
                0));
        running.ifPresent(means -> all.putAll(means.moved()));
        return all;
    }

    @Override
    public void cut(int host) throws LabException {
        throw new LabException("there are no cables in one process");
    }

    /** A directory of one of these processes. */
    Path data(String name) {
        return work.data().resolve("cluster").resolve(name);
    }

    @Override
    public void close() {
        registries.values().forEach(DemoRegistry::close);
    }
}
