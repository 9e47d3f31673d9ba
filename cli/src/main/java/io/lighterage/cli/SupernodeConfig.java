package io.lighterage.cli;

import io.lighterage.blockdev.image.LayerLimits;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a supernode is told.
 *
 * @param data its directory
 * @param http where the control API and the mirror API listen
 * @param exchange where other hosts connect for chunks
 * @param advertise the host by which others reach it, if not the one bound
 * @param upstreams base URLs of registries by name
 * @param caFile a PEM file of certificate authorities that registries may have besides the usual ones
 * @param dockerConfig a Docker {@code config.json} with credentials for registries
 * @param uploadLimit bytes a second that it sends at most, 0 for no limit
 * @param layers what a layer may cost that becomes part of a device
 * @param access who may read what is cached
 * @param tags how its mirror treats tags and pushes
 * @param security which of its connections have TLS
 * @param torrent how BitTorrent clients are served, if at all
 */
public record SupernodeConfig(
        Path data,
        HostPort http,
        HostPort exchange,
        Optional<String> advertise,
        Map<String, List<URI>> upstreams,
        Optional<Path> caFile,
        Optional<Path> dockerConfig,
        long uploadLimit,
        LayerLimits layers,
        AccessSettings access,
        MirrorSettings tags,
        SecurityConfig security,
        Optional<TorrentSettings> torrent) {
    /** Keys with one value in a configuration file. */
    static final Set<String> SCALARS = NodeConfig.with(
            Set.of("data", "http", "exchange", "advertise", "ca-file", "docker-config", "upload-limit",
                    "largest-layer", "largest-ratio", "offline-access", "default-registry", "lend-credentials"),
            MirrorSettings.KEYS,
            SecurityConfig.SHARED,
            TorrentSettings.KEYS);

    /** Keys with a map. */
    static final Set<String> MAPS = Set.of("upstream", SecurityConfig.UPSTREAM);

    private static final HostPort HTTP = new HostPort("0.0.0.0", 8100);
    private static final HostPort EXCHANGE = new HostPort("0.0.0.0", 8101);

    public SupernodeConfig {
        upstreams = Map.copyOf(upstreams);
    }

    /** A supernode whose connections are plain, and whose mirror does what is usual. */
    public SupernodeConfig(
            Path data,
            HostPort http,
            HostPort exchange,
            Optional<String> advertise,
            Map<String, List<URI>> upstreams,
            Optional<Path> caFile,
            Optional<Path> dockerConfig,
            long uploadLimit,
            LayerLimits layers,
            AccessSettings access) {
        this(data, http, exchange, advertise, upstreams, caFile, dockerConfig, uploadLimit, layers,
                access, MirrorSettings.DEFAULT, SecurityConfig.PLAIN, Optional.empty());
    }

    static SupernodeConfig of(Settings settings) {
        return new SupernodeConfig(
                settings.require("data", Settings::path),
                settings.get("http", HostPort::parse).orElse(HTTP),
                settings.get("exchange", HostPort::parse).orElse(EXCHANGE),
                settings.get("advertise", Settings::host),
                settings.map("upstream", Settings::urls),
                settings.get("ca-file", Settings::path),
                settings.get("docker-config", Settings::path),
                settings.get("upload-limit", Settings::rate).orElse(0L),
                LayerOptions.limits(settings),
                AccessSettings.of(settings, settings.get("lend-credentials", Settings::yes).orElse(false)),
                MirrorSettings.of(settings),
                SecurityConfig.of(settings),
                TorrentSettings.of(settings));
    }
}
