package io.lighterage.bench.masspull;

import java.io.IOException;
import java.nio.file.Path;

/** Every host pulls from the registry. */
final class DirectMeans extends ProcessMeans {
    DirectMeans(NamespaceScene scene) {
        super(scene);
    }

    @Override
    public String name() {
        return Baseline.UPSTREAM.toString();
    }

    @Override
    String prefix() {
        return "direct";
    }

    @Override
    public void start() {
        // the registry runs already
    }

    @Override
    public HostTask task(int host, PulledImage image, String repository, Path directory) {
        return pull(host, image, repository, Cabling.address(Scene.UPSTREAM, Registries.PORT), "");
    }

    @Override
    public Content content(String repository) throws IOException {
        return new Content(scene.upstreamSent(repository), 0, 0);
    }
}
