package io.lighterage.proxy;

import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Repository;
import java.util.Optional;
import java.util.Set;

/**
 * Decides which registry a request means.
 *
 * <p>containerd names it in {@code ?ns=}. podman and CRI-O put it in front of the repository's name when the mirror's
 * location ends with it ({@code location = "127.0.0.1:8102/quay.io"}). dockerd's {@code registry-mirrors} say nothing
 * and mean Docker Hub. A first part counts as a registry by the rule of image references (it has a dot or colon, or is
 * {@code localhost}), or because it is configured.
 *
 * @param defaultRegistry the registry of requests that name none
 * @param registries names that count as registries although they do not look like one
 */
record RegistryNames(String defaultRegistry, Set<String> registries) {
    RegistryNames {
        registries = Set.copyOf(registries);
    }

    /**
     * The repository that {@code name} means.
     *
     * @param ns the value of the {@code ns} parameter, if there is one
     * @param name the repository's name as the path has it
     * @throws InvalidReferenceException if it can mean none
     */
    Repository resolve(Optional<String> ns, String name) {
        if (ns.isPresent()) {
            return repository(ns.get(), name);
        }
        int slash = name.indexOf('/');
        if (slash > 0 && isRegistry(name.substring(0, slash))) {
            return repository(name.substring(0, slash), name.substring(slash + 1));
        }
        return repository(defaultRegistry, name);
    }

    private boolean isRegistry(String part) {
        return registries.contains(part)
                || part.indexOf('.') >= 0
                || part.indexOf(':') >= 0
                || part.equals("localhost");
    }

    private static Repository repository(String registry, String name) {
        boolean hub = switch (registry) {
            case "docker.io", "index.docker.io", "registry-1.docker.io" -> true;
            default -> false;
        };
        if (!hub) {
            return new Repository(registry, name);
        }
        boolean official = name.indexOf('/') < 0 && !name.isEmpty();
        return new Repository(ImageReference.DEFAULT_REGISTRY, official ? "library/" + name : name);
    }
}
