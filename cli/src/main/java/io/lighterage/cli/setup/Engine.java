package io.lighterage.cli.setup;

/** A container engine that can be pointed at a mirror. */
public enum Engine {
    /** containerd: {@code ctr}, nerdctl and, through CRI, a kubelet. */
    containerd,
    /** dockerd. */
    docker,
    /** podman, and CRI-O, skopeo and buildah, which read the same files. */
    podman;

    EngineFiles files() {
        return switch (this) {
            case containerd -> new ContainerdFiles();
            case docker -> new DockerFiles();
            case podman -> new PodmanFiles();
        };
    }
}
