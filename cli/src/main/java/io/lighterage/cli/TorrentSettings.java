package io.lighterage.cli;

import io.lighterage.peer.content.ImageReference;
import io.lighterage.supernode.torrent.LaneConfig;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * How a supernode serves BitTorrent clients.
 *
 * @param listen where they connect
 * @param privateRepositories private repositories that they get too, each {@code registry/name}
 * @param limit bytes a second that they get together at most, 0 for no limit
 * @param connections how many of them there may be at once
 */
public record TorrentSettings(HostPort listen, Set<String> privateRepositories, long limit, int connections) {
    /** Keys in a configuration file. */
    static final Set<String> KEYS = Set.of("torrent", "torrent-private", "torrent-limit", "torrent-connections");

    public TorrentSettings {
        privateRepositories = Set.copyOf(privateRepositories);
    }

    static Optional<TorrentSettings> of(Settings settings) {
        return settings.get("torrent", HostPort::parse).map(listen -> new TorrentSettings(
                listen,
                settings.get("torrent-private", TorrentSettings::repositories).orElse(Set.of()),
                settings.get("torrent-limit", Settings::rate).orElse(0L),
                settings.get("torrent-connections", Settings::count).orElse(LaneConfig.CONNECTIONS)));
    }

    /** Short names are completed as those of images are. */
    private static Set<String> repositories(String text) {
        Set<String> named = new LinkedHashSet<>();
        for (String name : text.split(",", -1)) {
            named.add(ImageReference.parse(name.strip()).repository().toString());
        }
        return named;
    }
}
