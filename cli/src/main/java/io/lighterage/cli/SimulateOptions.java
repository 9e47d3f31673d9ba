package io.lighterage.cli;

import io.lighterage.bench.sim.Costs;
import io.lighterage.bench.sim.Datacenter;
import io.lighterage.bench.sim.Faults;
import io.lighterage.bench.sim.Image;
import io.lighterage.bench.sim.Load;
import io.lighterage.bench.sim.Setting;
import io.lighterage.bench.sim.Trace;
import io.lighterage.peer.content.BlobInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What {@code lighter bench simulate} can be asked for. */
final class SimulateOptions {
    private static final long MILLIS = 1_000_000;
    private static final int TRACE_SEED = 7;

    /** What the options are where they are not given: the cases that a datacenter meets. */
    enum Scenario {
        mass_pull,
        cold_start,
        rolling,
        supernode_loss,
        failing,
        slow,
        narrow_zones;

        @Override
        public String toString() {
            return name().replace('_', '-');
        }
    }

    @Option(names = "--scenario", paramLabel = "NAME",
            description = "mass-pull, cold-start, rolling, supernode-loss, failing, slow or"
                    + " narrow-zones. Default: mass-pull.", converter = ScenarioName.class)
    private Scenario scenario = Scenario.mass_pull;

    @Option(names = "--hosts", paramLabel = "N", description = "Hosts, up to 100000. Default: 10000; cold-start 1000.")
    private Integer hosts;

    @Option(names = "--racks", paramLabel = "N", description = "Racks. Default: one for each 250 hosts.")
    private Integer racks;

    @Option(names = "--zones", paramLabel = "N", description = "Zones. Default: 1; narrow-zones 4.")
    private Integer zones;

    @Option(names = "--host-mbit", paramLabel = "N", description = "A host's link. Default: 1000; cold-start 2000.")
    private Double hostMbit;

    @Option(names = "--rack-mbit", paramLabel = "N", description = "A rack's link, 0 for no limit. Default: 0.")
    private double rackMbit;

    @Option(names = "--zone-mbit", paramLabel = "N",
            description = "A zone's link to others, 0 for no limit. Default: 0;"
                    + " narrow-zones a tenth of what its hosts have.")
    private Double zoneMbit;

    @Option(names = "--supernode-mbit", paramLabel = "N", defaultValue = "10000",
            description = "Default: ${DEFAULT-VALUE}.")
    private double supernodeMbit;

    @Option(names = "--supernode-slots", paramLabel = "N", description = "Transfers that the supernode runs at once."
            + " Default: as the supernode has them.")
    private int supernodeSlots = SupernodeProcess.SLOTS;

    @Option(names = "--upstream-mbit", paramLabel = "N", defaultValue = "10000",
            description = "Default: ${DEFAULT-VALUE}.")
    private double upstreamMbit;

    @Option(names = "--mib", paramLabel = "N",
            description = "Size of the image. Default: 1024; cold-start 858 (900 MB).")
    private Integer mib;

    @Option(names = "--layers", paramLabel = "N", defaultValue = "1",
            description = "Layers of equal size. Default: ${DEFAULT-VALUE}.")
    private int layers;

    @Option(names = "--chunk-kib", paramLabel = "N",
            description = "Size of a chunk. Default: as blobs have it, 256; cold-start: as data of devices has it, 64.")
    private Integer chunkKib;

    @Option(names = "--preheated", description = "The supernode has the image when the pull begins.")
    private boolean preheated;

    @Option(names = "--parallel", paramLabel = "N", defaultValue = "4",
            description = "Layers that a host pulls at a time. Default: ${DEFAULT-VALUE}.")
    private int parallel;

    @Option(names = "--spread-ms", paramLabel = "N", defaultValue = "50",
            description = "Within which hosts begin. Default: ${DEFAULT-VALUE}.")
    private long spreadMillis;

    @Option(names = "--batch", paramLabel = "N", description = "Hosts at a time; the next when these are done."
            + " Default: all; rolling a hundredth.")
    private Integer batch;

    @Option(names = "--containers", paramLabel = "N", description = "Containers of a cold start. Default: ten a host.")
    private Integer containers;

    @Option(names = "--trace", paramLabel = "FILE", description = "What a container reads until it has started: lines"
            + " \"OFFSET LENGTH [MICROSECONDS]\". Default: 15 MB of reads made up all over the image.")
    private Path trace;

    @Option(names = "--metadata-mib", paramLabel = "N", defaultValue = "11",
            description =
                    "First part of the image that must be there before a container reads. Default: ${DEFAULT-VALUE}.")
    private int metadataMib;

    @Option(names = "--no-background", description = "A cold start without a pull of the rest.")
    private boolean noBackground;

    @Option(names = "--ahead", description = "The trace is known and fetched ahead of the reads.")
    private boolean ahead;

    @Option(names = "--fail", paramLabel = "PART",
            description = "Part of the hosts that are killed. Default: 0; failing 0.01.")
    private Double fail;

    @Option(names = "--slow", paramLabel = "PART",
            description = "Part of the hosts that are slow. Default: 0; slow 0.05.")
    private Double slow;

    @Option(names = "--slow-factor", paramLabel = "X", defaultValue = "10",
            description = "By so much. Default: ${DEFAULT-VALUE}.")
    private double slowFactor;

    @Option(names = "--lose-supernode-at", paramLabel = "SECONDS", description = "When the supernode is killed."
            + " Default: never; supernode-loss half of the bound.")
    private Double loseSupernodeAt;

    @Option(names = "--hash-mb-s", paramLabel = "N", defaultValue = "305",
            description = "SHA-256 on one core. Default: ${DEFAULT-VALUE}.")
    private double hashMbs;

    @Option(names = "--hash-cores", paramLabel = "N", defaultValue = "2",
            description = "Cores of a host that verify. Default: ${DEFAULT-VALUE}.")
    private int hashCores;

    @Option(names = "--serve-us", paramLabel = "N", defaultValue = "140",
            description = "From a request to the first byte of its answer. Default: ${DEFAULT-VALUE}.")
    private long serveMicros;

    @Option(names = "--overhead", paramLabel = "PART", defaultValue = "0.05",
            description = "Of frames and TCP. Default: ${DEFAULT-VALUE}.")
    private double overhead;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "The same seed takes the same course. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--tolerance", paramLabel = "PART", defaultValue = "0.02",
            description =
                    "Change of a link's share that is not told on; 0 is exact and slow. Default: ${DEFAULT-VALUE}.")
    private double tolerance;

    @Option(names = "--deadline", paramLabel = "SECONDS", defaultValue = "3600",
            description = "Simulated. Default: ${DEFAULT-VALUE}.")
    private long deadlineSeconds;

    /** Reads a scenario's name as users write it. */
    static final class ScenarioName implements picocli.CommandLine.ITypeConverter<Scenario> {
        @Override
        public Scenario convert(String value) {
            for (Scenario scenario : Scenario.values()) {
                if (scenario.toString().equals(value)) {
                    return scenario;
                }
            }
            throw new picocli.CommandLine.TypeConversionException("'" + value + "' is not a scenario");
        }
    }

    /**
     * The setting that was asked for.
     *
     * @throws io.lighterage.bench.sim.ImpossibleSettingException if there can be none
     * @throws IOException if the trace cannot be read
     */
    Setting setting() throws IOException {
        boolean lazy = scenario == Scenario.cold_start;
        int usualKib = (lazy ? BlobInfo.SMALLEST_CHUNK : Image.usualChunkBytes()) >> 10;
        Image image = new Image(
                (long) or(mib, lazy ? 858 : 1024) << 20, layers, or(chunkKib, usualKib) << 10, preheated);
        Datacenter datacenter = datacenter(lazy);
        Costs usual = Costs.MEASURED;
        Costs costs = new Costs(
                hashMbs * 1e6, hashCores, serveMicros * 1000, usual.openNs(), overhead,
                usual.rackNs(), usual.zoneNs(), usual.farNs(), usual.upstreamNs());
        return new Setting(
                datacenter, image, load(lazy, datacenter, image), faults(datacenter, image), costs, seed, tolerance,
                deadlineSeconds * 1000 * MILLIS);
    }

    private Datacenter datacenter(boolean lazy) {
        int count = or(hosts, lazy ? 1000 : 10_000);
        double mbit = or(hostMbit, lazy ? 2000.0 : 1000.0);
        int rackCount = or(racks, Math.max(1, (count + 249) / 250));
        boolean narrow = scenario == Scenario.narrow_zones;
        int zoneCount = or(zones, narrow ? Math.min(4, rackCount) : 1);
        double zone = or(zoneMbit, narrow && zoneCount > 0 ? mbit * count / zoneCount / 10 : 0.0);
        return new Datacenter(
                count, rackCount, zoneCount, mbit, rackMbit, zone, supernodeMbit, supernodeSlots, upstreamMbit);
    }

    private Load load(boolean lazy, Datacenter datacenter, Image image) throws IOException {
        if (!lazy) {
            int rolling = Math.max(1, datacenter.hosts() / 100);
            return new Load.MassPull(
                    parallel, spreadMillis * MILLIS, or(batch, scenario == Scenario.rolling ? rolling : 0));
        }
        long metadata = (long) metadataMib << 20;
        Trace reads = trace != null
                ? Trace.read(trace)
                : Trace.made(Math.min(15_000_000, image.bytes() / 4), metadata, image.bytes(),
                        500 * MILLIS, TRACE_SEED);
        return new Load.ColdStart(
                or(containers, 10 * datacenter.hosts()), reads, !noBackground, ahead, metadata, spreadMillis * MILLIS);
    }

    private Faults faults(Datacenter datacenter, Image image) {
        double half = datacenter.boundSeconds(image.bytes()) / 2;
        return new Faults(
                or(fail, scenario == Scenario.failing ? 0.01 : 0.0),
                or(slow, scenario == Scenario.slow ? 0.05 : 0.0),
                slowFactor,
                or(loseSupernodeAt, scenario == Scenario.supernode_loss ? half : -1.0));
    }

    private static <T> T or(T given, T otherwise) {
        return Optional.ofNullable(given).orElse(otherwise);
    }
}
