package io.lighterage.cli;

import io.lighterage.peer.content.Repository;
import io.lighterage.proxy.AccessConfig;
import io.lighterage.proxy.MirrorConfig;
import java.time.Duration;
import java.util.Optional;

/**
 * Who may read what is cached.
 *
 * @param offline how long what upstream allowed stays allowed while it cannot be asked
 * @param defaultRegistry the registry of requests that name none, whose challenge {@code /v2/} passes on
 * @param lend whether clients without credentials act by those of {@code --docker-config}
 */
public record AccessSettings(Duration offline, Optional<String> defaultRegistry, boolean lend) {
    private static final AccessSettings DEFAULT =
            new AccessSettings(AccessConfig.DEFAULT.offline(), Optional.empty(), false);

    /** As without any flag. */
    public static AccessSettings node() {
        return new AccessSettings(DEFAULT.offline, DEFAULT.defaultRegistry, true);
    }

    /** As without any flag. */
    public static AccessSettings supernode() {
        return DEFAULT;
    }

    /** @param lends whether this kind of process lends its credentials */
    static AccessSettings of(Settings settings, boolean lends) {
        return new AccessSettings(
                settings.get("offline-access", Settings::seconds).orElse(DEFAULT.offline),
                settings.get("default-registry", AccessSettings::registry),
                lends);
    }

    private static String registry(String text) {
        return new Repository(text, "any").registry();
    }

    AccessConfig config() {
        return AccessConfig.DEFAULT.withOffline(offline);
    }

    MirrorConfig apply(MirrorConfig mirror) {
        return defaultRegistry.map(mirror::withDefaultRegistry).orElse(mirror);
    }
}
