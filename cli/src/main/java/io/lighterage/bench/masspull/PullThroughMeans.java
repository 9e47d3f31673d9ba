package io.lighterage.bench.masspull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Every host pulls from a docker-registry that is a pull-through cache; it stands where the supernode stands. */
final class PullThroughMeans extends ProcessMeans {
    PullThroughMeans(NamespaceScene scene) {
        super(scene);
    }

    @Override
    public String name() {
        return Baseline.PULL_THROUGH.toString();
    }

    @Override
    String prefix() {
        return "pull-through";
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Files.createDirectories(data(""));
        keep(Registries.start(
                Scene.SUPERNODE, scene.network().at(Scene.SUPERNODE), data("registry"), log(Scene.SUPERNODE),
                "http://" + Cabling.ip(Scene.UPSTREAM) + ":" + Registries.PORT));
    }

    @Override
    public HostTask task(int host, PulledImage image, String repository, Path directory) {
        return pull(host, image, repository, Cabling.address(Scene.SUPERNODE, Registries.PORT), "");
    }

    @Override
    public Content content(String repository) throws IOException {
        return new Content(scene.upstreamSent(repository), Registries.sent(log(Scene.SUPERNODE), repository), 0);
    }
}
