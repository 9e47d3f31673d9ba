package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.ImageReference;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** Says where the requests for each registry go. */
@FunctionalInterface
public interface RegistryEndpoints {
    /** The places of {@code registry}, a name as image references have it; at least one, the preferred one first. */
    List<RegistryEndpoint> of(String registry);

    /** The registries themselves: at the URLs that {@code upstreams} has for the name, else at {@code https://NAME}. */
    static RegistryEndpoints direct(Map<String, List<URI>> upstreams) {
        Map<String, List<URI>> known = Map.copyOf(upstreams);
        return registry -> known.getOrDefault(registry, List.of(usual(registry))).stream()
                .map(RegistryEndpoint::new)
                .toList();
    }

    private static URI usual(String registry) {
        return URI.create(
                registry.equals(ImageReference.DEFAULT_REGISTRY) ? "https://registry-1.docker.io"
                        : "https://" + registry);
    }
}
