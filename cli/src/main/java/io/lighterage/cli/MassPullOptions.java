package io.lighterage.cli;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import io.lighterage.bench.masspull.Baseline;
import io.lighterage.bench.masspull.FileImage;
import io.lighterage.bench.masspull.GeneratedImage;
import io.lighterage.bench.masspull.ImageSource;
import io.lighterage.bench.masspull.LinkRates;
import io.lighterage.bench.masspull.MassPullSetting;
import io.lighterage.bench.masspull.Pattern;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import picocli.CommandLine.Option;

/** What {@code lighter bench mass-pull} can be asked for. */
final class MassPullOptions {
    private static final String LAUNCHER = "lighter.launcher";
    private static final String LAYOUT = "oci:";
    private static final java.util.regex.Pattern SIZE =
            java.util.regex.Pattern.compile("([0-9]{1,12})(|B|KiB|MiB|GiB)");

    @Option(names = "--hosts", paramLabel = "N", defaultValue = "16",
            description = "Hosts that pull. Default: ${DEFAULT-VALUE}.")
    private int hosts;

    @Option(names = "--racks", paramLabel = "N", defaultValue = "1",
            description = "Racks to which hosts are dealt out; 1 names none. Default: ${DEFAULT-VALUE}.")
    private int racks;

    @Option(names = "--host-mbit", paramLabel = "N", defaultValue = "100",
            description = "Each host's link, each way. Default: ${DEFAULT-VALUE}.")
    private int hostMbit;

    @Option(names = "--upstream-mbit", paramLabel = "N", defaultValue = "200",
            description = "The registry's link. Default: ${DEFAULT-VALUE}.")
    private int upstreamMbit;

    @Option(names = "--supernode-mbit", paramLabel = "N", defaultValue = "100",
            description = "The supernode's link. Default: ${DEFAULT-VALUE}.")
    private int supernodeMbit;

    @Option(names = "--image", paramLabel = "IMAGE",
            description = "A file as the only layer, oci:DIR[:TAG] for an OCI layout, or a"
            + " reference such as debian:12. Default: one of made-up bytes.")
    private String image;

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "128MiB",
            description = "Of a made-up image, as 10KiB or 1GiB."
            + " Default: ${DEFAULT-VALUE}.")
    private String size;

    @Option(names = "--layers", paramLabel = "N", defaultValue = "4",
            description = "Layers of a made-up image, of equal size. Default: ${DEFAULT-VALUE}.")
    private int layers;

    @Option(names = "--compressibility", paramLabel = "PART", defaultValue = "0",
            description = "Part of a made-up image that is zero, 0 to 1."
            + " Default: ${DEFAULT-VALUE}.")
    private double compressibility;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "Another seed makes other bytes. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--pattern", paramLabel = "NAME", defaultValue = "flash-crowd",
            description = "flash-crowd; rollout (--batch, --max-unavailable);"
            + " second-image (--shared-layers); join-leave; slow-host (--slow-factor); dead-host; supernode-restart. "
            + "Default: ${DEFAULT-VALUE}.")
    private String pattern;

    @Option(names = "--batch", paramLabel = "N",
            description = "Hosts of a rollout that begin at once. Default: a quarter of all.")
    private Integer batch;

    @Option(names = "--max-unavailable", paramLabel = "N",
            description = "Hosts of a rollout that may be pulling at a time. Default: a batch.")
    private Integer unavailable;

    @Option(names = "--shared-layers", paramLabel = "N",
            description = "Layers that hosts have already when they pull a second image."
            + " Default: half of them.")
    private Integer shared;

    @Option(names = "--slow-factor", paramLabel = "N", defaultValue = "10",
            description = "By what the slow host's link is narrower. Default: ${DEFAULT-VALUE}.")
    private int slowFactor;

    @Option(names = "--baseline", paramLabel = "NAME[,NAME...]", split = ",",
            description = "Measure other means too: upstream, pull-through, aria2.")
    private List<String> baselines = List.of();

    @Option(names = "--parallel", paramLabel = "N", defaultValue = "4",
            description = "Layers that a host pulls at a time. Default: ${DEFAULT-VALUE}.")
    private int parallel;

    @Option(names = "--warm", paramLabel = "SIZE", defaultValue = "128MiB",
            description = "Other images like the measured one that all hosts pull first, off the clock, since nodes are"
            + " long-lived: as many as come to SIZE, 50 at most; 0 for nodes that have just started."
            + " Default: ${DEFAULT-VALUE}.")
    private String warm;

    @Option(names = "--deadline", paramLabel = "SECONDS", defaultValue = "600",
            description = "Of each pull by all hosts. Default: ${DEFAULT-VALUE}.")
    private int deadline;

    @Option(names = "--data", paramLabel = "DIR",
            description = "Where data goes meanwhile. Default: memory, so that the disk is not what is"
            + " measured.")
    private Path data;

    /**
     * The setting that was asked for.
     *
     * @throws io.lighterage.bench.sim.ImpossibleSettingException if there can be none
     */
    MassPullSetting setting() {
        return setting(hosts, new LinkRates(hostMbit, upstreamMbit, supernodeMbit));
    }

    /** The same with other hosts and links. */
    MassPullSetting setting(int count, LinkRates links) {
        return new MassPullSetting(
                count, racks, links, pattern(count), baselines(), parallel, bytes("warm", warm), deadline,
                Optional.ofNullable(data), Path.of(System.getProperty(LAUNCHER, "lighter")));
    }

    private Pattern pattern(int count) {
        int quarter = batch == null ? Math.max(1, count / 4) : batch;
        return switch (pattern) {
            case "flash-crowd" -> new Pattern.FlashCrowd();
            case "rollout" -> new Pattern.Rollout(quarter, unavailable == null ? quarter : unavailable);
            case "second-image" -> new Pattern.SecondImage(shared == null ? Math.max(1, layers / 2) : shared);
            case "join-leave" -> new Pattern.JoinLeave();
            case "slow-host" -> new Pattern.SlowHost(slowFactor);
            case "dead-host" -> new Pattern.DeadHost();
            case "supernode-restart" -> new Pattern.SupernodeRestart();
            default -> {
                require(false, "pattern: there is no '" + pattern + "'");
                yield null;
            }
        };
    }

    private List<Baseline> baselines() {
        Set<Baseline> found = new LinkedHashSet<>();
        for (String name : baselines) {
            Optional<Baseline> baseline = Arrays.stream(Baseline.values()).filter(b -> b.toString().equals(name))
                    .findFirst();
            require(baseline.isPresent(), "baseline: there is no '" + name
                    + "', only upstream, pull-through and aria2");
            found.add(baseline.get());
        }
        return List.copyOf(found);
    }

    /** Where the image comes from. */
    ImageSource source() {
        if (image == null) {
            return new GeneratedImage(bytes("size", size), layers, compressibility, seed);
        }
        if (image.startsWith(LAYOUT)) {
            String place = image.substring(LAYOUT.length());
            int colon = place.indexOf(':');
            return FileImage.layout(Path.of(colon < 0 ? place : place.substring(0, colon)), colon < 0 ? ""
                    : place.substring(colon + 1));
        }
        return Files.exists(Path.of(image)) ? FileImage.file(Path.of(image)) : new ReferenceImage(image);
    }

    /** The image in words. */
    String described() {
        return image != null ? image : "made up, " + size + ", compressibility " + compressibility + ", seed " + seed;
    }

    /**
     * About as many bytes as the image has, for the question whether it fits; unknown ones are taken for a gibibyte.
     */
    long roughBytes() {
        if (image == null) {
            return bytes("size", size);
        }
        Path file = Path.of(image.startsWith(LAYOUT) ? "." : image);
        return Files.isRegularFile(file) ? file.toFile().length() : 1L << 30;
    }

    long warmBytes() {
        return bytes("warm", warm);
    }

    private static long bytes(String name, String text) {
        Matcher size = SIZE.matcher(text);
        require(size.matches(), name + ": '" + text + "' is not a size such as 10KiB or 128MiB");
        long unit = switch (size.group(2)) {
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            default -> 1;
        };
        return Math.multiplyExact(Long.parseLong(size.group(1)), unit);
    }
}
