package io.lighterage.tests.support;

/**
 * Where an engine finds the images of {@link #REGISTRY}, and those of Docker Hub.
 *
 * @param address host and port, reached over plain HTTP
 * @param namesRegistryInPath whether the path must begin with the registry's name for clients that cannot send it
 *     as {@code ?ns=}
 */
public record Mirror(String address, boolean namesRegistryInPath) {
    /** A registry that exists nowhere but behind the mirror. */
    public static final String REGISTRY = "registry.test";

    /** A plain registry in the place of a mirror. */
    public static Mirror plain(DockerRegistry registry) {
        return new Mirror(registry.address(), false);
    }

    /** The location that podman, CRI-O and skopeo put before the repository. */
    String location() {
        return namesRegistryInPath ? address + "/" + REGISTRY : address;
    }
}
