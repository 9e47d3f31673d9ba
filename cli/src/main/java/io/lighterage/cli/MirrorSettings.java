package io.lighterage.cli;

import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.lighterage.proxy.MirrorConfig;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a mirror is told about tags and pushes.
 *
 * @param pushThrough registries to which pushes are passed on
 * @param tagLifetime how long a tag's digest is served without asking the registry again
 * @param staleLimit how long after the registry confirmed it a tag may be served while the registry cannot answer
 */
public record MirrorSettings(Set<String> pushThrough, Duration tagLifetime, Duration staleLimit) {
    /** Keys of a configuration file. */
    static final Set<String> KEYS = Set.of("push-through", "tag-lifetime", "stale-limit");

    /** What holds without any setting. */
    public static final MirrorSettings DEFAULT =
            new MirrorSettings(Set.of(), MirrorConfig.TAG_LIFETIME, MirrorConfig.STALE_LIMIT);

    public MirrorSettings {
        pushThrough = Set.copyOf(pushThrough);
    }

    static MirrorSettings of(Settings settings) {
        return new MirrorSettings(
                settings.get("push-through", MirrorSettings::registries).orElse(DEFAULT.pushThrough),
                settings.get("tag-lifetime", Settings::seconds).orElse(DEFAULT.tagLifetime),
                settings.get("stale-limit", Settings::seconds).orElse(DEFAULT.staleLimit));
    }

    /** Names of registries, separated by commas. */
    private static Set<String> registries(String text) {
        Set<String> names = new LinkedHashSet<>();
        for (String name : text.split(",", -1)) {
            try {
                names.add(new Repository(name.strip(), "any").registry());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(Quoted.of(name) + " is not the name of a registry", e);
            }
        }
        return names;
    }

    /** The mirror's configuration with these. */
    MirrorConfig apply(MirrorConfig config) {
        return config.withPushThrough(pushThrough).withTags(tagLifetime, staleLimit);
    }
}
