package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.ImageReference;
import java.net.URI;
import java.util.Map;

/** Says where the requests for each registry go. */
@FunctionalInterface
public interface RegistryEndpoints {
    /** The endpoint of {@code registry}, a name as image references have it. */
    RegistryEndpoint of(String registry);

    /** The registries themselves: at the URL that {@code upstreams} has for the name, else at {@code https://NAME}. */
    static RegistryEndpoints direct(Map<String, URI> upstreams) {
        Map<String, URI> known = Map.copyOf(upstreams);
        return registry -> {
            URI url = known.get(registry);
            if (url == null) {
                url = URI.create(
                        registry.equals(ImageReference.DEFAULT_REGISTRY) ? "https://registry-1.docker.io" : "https://" + registry);
            }
            return new RegistryEndpoint(url);
        };
    }
}
