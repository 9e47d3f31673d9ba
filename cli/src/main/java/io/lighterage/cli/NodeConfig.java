package io.lighterage.cli;

import io.lighterage.blockdev.mount.LazyConfig;
import io.lighterage.blockdev.nbd.NbdAddress;
import io.lighterage.blockdev.snapshotter.SnapshotterConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a node is told.
 *
 * @param data its directory
 * @param supernode base URL of the supernode's HTTP port
 * @param mirror where the engines of this host ask for images
 * @param exchange where other hosts connect for chunks
 * @param advertise the host by which others reach it, if not the one bound
 * @param rack the rack it stands in, or empty
 * @param zone the zone it stands in, or empty
 * @param upstreams base URLs of registries by name, for when the supernode is away
 * @param caFile a PEM file of certificate authorities that registries may have besides the usual ones
 * @param dockerConfig a Docker {@code config.json} with credentials for registries
 * @param uploadLimit bytes a second that it sends to others at most, 0 for no limit
 * @param lazy how it opens images before they are here
 * @param nbd where it serves images as network block devices, if at all
 * @param snapshotter where and how it serves snapshots to containerd, if at all
 * @param access who may read what is cached
 * @param tags how its mirror treats tags and pushes
 * @param security which of its connections have TLS
 */
public record NodeConfig(
        Path data,
        URI supernode,
        HostPort mirror,
        HostPort exchange,
        Optional<String> advertise,
        String rack,
        String zone,
        Map<String, List<URI>> upstreams,
        Optional<Path> caFile,
        Optional<Path> dockerConfig,
        long uploadLimit,
        LazyConfig lazy,
        Optional<NbdAddress> nbd,
        Optional<SnapshotterConfig> snapshotter,
        AccessSettings access,
        MirrorSettings tags,
        SecurityConfig security) {
    /** Keys with one value in a configuration file. */
    static final Set<String> SCALARS = with(
            Set.of("data", "supernode", "mirror", "exchange", "advertise", "rack", "zone", "ca-file", "docker-config",
                    "upload-limit", "prefetch-delay", "prefetch-limit", "traces", "read-deadline", "nbd", "snapshotter",
                    "lazy-wait", "offline-access",
                    "default-registry"),
            MirrorSettings.KEYS,
            SecurityConfig.SHARED,
            SecurityConfig.OF_NODES);

    /** Keys with a map. */
    static final Set<String> MAPS = Set.of("upstream", SecurityConfig.UPSTREAM);

    private static final HostPort MIRROR = new HostPort("127.0.0.1", 8102);
    private static final HostPort EXCHANGE = new HostPort("0.0.0.0", 8103);

    public NodeConfig {
        upstreams = Map.copyOf(upstreams);
        if (security.datacenter().isPresent() && !"https".equals(supernode.getScheme())) {
            throw InvalidSettingException.ofFlag("--supernode: " + supernode + " is not https, as --tls-cert wants it");
        }
    }

    /** A node whose connections are plain, and whose mirror does what is usual. */
    public NodeConfig(
            Path data,
            URI supernode,
            HostPort mirror,
            HostPort exchange,
            Optional<String> advertise,
            String rack,
            String zone,
            Map<String, List<URI>> upstreams,
            Optional<Path> caFile,
            Optional<Path> dockerConfig,
            long uploadLimit,
            LazyConfig lazy,
            Optional<NbdAddress> nbd,
            AccessSettings access) {
        this(data, supernode, mirror, exchange, advertise, rack, zone, upstreams, caFile, dockerConfig, uploadLimit,
                lazy, nbd, Optional.empty(), access, MirrorSettings.DEFAULT, SecurityConfig.PLAIN);
    }

    /** All keys in {@code sets}. */
    @SafeVarargs
    static Set<String> with(Set<String>... sets) {
        return Stream.of(sets).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
    }

    static NodeConfig of(Settings settings) {
        return new NodeConfig(
                settings.require("data", Settings::path),
                settings.require("supernode", Settings::url),
                settings.get("mirror", HostPort::parse).orElse(MIRROR),
                settings.get("exchange", HostPort::parse).orElse(EXCHANGE),
                settings.get("advertise", Settings::host),
                settings.get("rack", Settings::label).orElse(""),
                settings.get("zone", Settings::label).orElse(""),
                settings.map("upstream", Settings::urls),
                settings.get("ca-file", Settings::path),
                settings.get("docker-config", Settings::path),
                settings.get("upload-limit", Settings::rate).orElse(0L),
                lazy(settings),
                settings.get("nbd", NbdAddress::parse),
                snapshotter(settings),
                AccessSettings.of(settings, true),
                MirrorSettings.of(settings),
                SecurityConfig.of(settings));
    }

    private static Optional<SnapshotterConfig> snapshotter(Settings settings) {
        Duration wait = settings.get("lazy-wait", Settings::deadline).orElse(SnapshotterConfig.LAZY_WAIT);
        return settings.get("snapshotter", text -> new SnapshotterConfig(Settings.path(text), wait));
    }

    private static LazyConfig lazy(Settings settings) {
        LazyConfig standard = LazyConfig.DEFAULT;
        return standard
                .withPull(
                        settings.get("prefetch-delay", Settings::seconds).orElse(standard.pullDelay()),
                        settings.get("prefetch-limit", Settings::rate).orElse(standard.pullRate()))
                .withReadDeadline(settings.get("read-deadline", Settings::deadline).orElse(standard.readDeadline()))
                .withTraces(settings.get("traces", Settings::yes).orElse(standard.traces()));
    }
}
