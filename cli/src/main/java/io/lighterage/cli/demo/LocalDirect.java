package io.lighterage.cli.demo;

import io.lighterage.bench.masspull.Baseline;
import io.lighterage.bench.masspull.HostTask;
import io.lighterage.bench.masspull.Means;
import io.lighterage.bench.masspull.PulledImage;
import io.lighterage.bench.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Every host pulls from the registry. */
final class LocalDirect implements Means {
    private final LocalScene scene;

    LocalDirect(LocalScene scene) {
        this.scene = scene;
    }

    @Override
    public String name() {
        return Baseline.UPSTREAM.toString();
    }

    @Override
    public void start() {
        // the registry runs already
    }

    @Override
    public boolean isWarmed() {
        return false;
    }

    @Override
    public HostTask task(int host, PulledImage image, String repository, Path directory) {
        return scene.pull(host, scene.server(repository).url(), "", image);
    }

    @Override
    public Content content(String repository) {
        return new Content(scene.server(repository).totalSent(), 0, 0);
    }

    @Override
    public void requireAlive() {
        // the registry lives in this JVM
    }

    @Override
    public Map<String, Report.Process> processes() {
        return LocalMeans.one();
    }

    @Override
    public List<List<Double>> racks() {
        return List.of();
    }

    @Override
    public void kill(int host) {
        // a host is nothing but its pull here, which the pattern has ended
    }

    @Override
    public void restartSupernode() {
        // there is none
    }

    @Override
    public void close() {
        // the registry is the scene's
    }
}
