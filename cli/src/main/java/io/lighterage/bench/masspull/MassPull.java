package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.report.Machine;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.sim.ImpossibleSettingException;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures a mass pull by lighter and by other means, in a {@link Scene}. */
public final class MassPull {
    /** The kind of its reports. */
    public static final String KIND = "mass-pull";

    private static final Logger LOG = LoggerFactory.getLogger(MassPull.class);
    private static final String REPOSITORY = "mass/image";
    private static final String WARM_REPOSITORY = "mass/warm";
    private static final String FIRST_REPOSITORY = "mass/first";
    private static final String INTERRUPTED = "interrupted";
    private static final int MOST_WARM_LAYERS = 1000;
    private static final int MOST_WARM_IMAGES = 50;
    private static final long LEAD_NS = 2_000_000_000L;

    private final MassPullSetting setting;
    private final Scene scene;
    private final WorkDirectory work;
    private final Consumer<String> progress;

    private PulledImage image;
    private Optional<PulledImage> first = Optional.empty();
    private final List<PulledImage> warm = new ArrayList<>();

    private MassPull(MassPullSetting setting, Scene scene, WorkDirectory work, Consumer<String> progress) {
        this.setting = setting;
        this.scene = scene;
        this.work = work;
        this.progress = progress;
    }

    /** What a run is asked for besides its setting. */
    public record Order(ImageSource image, String describedAs, String command, Consumer<String> progress) {}

    /** One means, measured. */
    private record Measured(Report.Run run, Report.Racks racks) {}

    /**
     * Measures. A run that is interrupted answers what it found until then, and says so in {@link Report#partial}.
     *
     * @throws IOException if there is nothing to report: the image or the scene could not be had
     */
    public static Report run(MassPullSetting setting, Scene scene, WorkDirectory work, Order order)
            throws IOException, InterruptedException {
        Instant startedAt = Instant.now();
        long startNs = System.nanoTime();
        MassPull pull = new MassPull(setting, scene, work, order.progress());
        pull.publish(order.image());
        Measured main = pull.measure(Optional.empty());
        List<Report.Run> baselines = new ArrayList<>();
        String partial = main.run.partial();
        for (Baseline baseline : setting.baselines()) {
            if (!partial.equals(INTERRUPTED)) {
                Report.Run run = pull.measureOrSayWhy(baseline);
                baselines.add(run);
                partial = partial.isEmpty() && !run.partial().isEmpty() ? baseline + ": " + run.partial() : partial;
                partial = run.partial().equals(INTERRUPTED) ? INTERRUPTED : partial;
            }
        }
        return pull.report(order, main, baselines, partial, startedAt.toString(), (System.nanoTime() - startNs) / 1e9);
    }

    private void publish(ImageSource source) throws IOException, InterruptedException {
        progress.accept("bringing the image");
        image = source.bring(work.fresh("image"));
        scene.publish(image, REPOSITORY);
        if (setting.pattern() instanceof Pattern.SecondImage second) {
            int layers = image.layers().size();
            ImpossibleSettingException.require(
                    second.shared() < layers, "shared-layers: " + second.shared() + " of an image of " + layers
                            + " layers leaves nothing to pull");
            first = Optional.of(PulledImage.of(image.config(), image.layers().subList(0, second.shared())));
            scene.publish(first.get(), FIRST_REPOSITORY);
        }
        if (setting.warmBytes() > 0) {
            publishWarm();
        }
    }

    /** Images like the measured one: to pull many small layers, or many images, is other work than one large layer. */
    private void publishWarm() throws IOException, InterruptedException {
        long bytes = Math.clamp(image.layerBytes(), 1, setting.warmBytes());
        int layers = (int) Math.clamp(image.layers().size(), 1, Math.min(bytes, MOST_WARM_LAYERS));
        long count = Math.clamp(setting.warmBytes() / bytes, 1, MOST_WARM_IMAGES);
        for (int i = 0; i < count; i++) {
            PulledImage like = new GeneratedImage(bytes, layers, 0, System.nanoTime()).bring(work.fresh("warm-" + i));
            scene.publish(like, WARM_REPOSITORY + i);
            warm.add(like);
        }
    }

    /** Bytes that each host has to get: all layers, or those that it has not from the first image. */
    private long newBytes() {
        return image.layerBytes() - first.map(PulledImage::layerBytes).orElse(0L);
    }

    private Report.Run measureOrSayWhy(Baseline baseline) throws IOException, InterruptedException {
        try {
            return measure(Optional.of(baseline)).run;
        } catch (InterruptedException e) {
            LOG.debug("interrupted", e);
            return nothing(baseline, INTERRUPTED);
        } catch (IOException e) {
            LOG.warn("{}: {}", baseline, e.getMessage());
            return nothing(baseline, e.getMessage());
        }
    }

    private static Report.Run nothing(Baseline baseline, String why) {
        return new Report.Run(
                baseline.toString(), why, List.of(), new Report.Egress(0, 0, 0, 0, 0), List.of(), Report.Samples.NONE);
    }

    private Measured measure(Optional<Baseline> baseline) throws IOException, InterruptedException {
        try (Means means = scene.means(baseline)) {
            progress.accept(means.name() + ": starting");
            means.start();
            if (means.isWarmed() && !warm.isEmpty()) {
                progress.accept(means.name() + ": warming up");
                for (int i = 0; i < warm.size(); i++) {
                    beforehand(means, warm.get(i), WARM_REPOSITORY + i);
                }
            }
            if (first.isPresent() && !means.name().equals(Baseline.ARIA2.toString())) {
                beforehand(means, first.get(), FIRST_REPOSITORY);
            }
            means.prepare(image, REPOSITORY);
            return pull(means);
        } finally {
            FileTree.delete(work.data().resolve("pull"));
        }
    }

    private void beforehand(Means means, PulledImage what, String repository) throws IOException, InterruptedException {
        List<HostTask> tasks = tasks(means, what, repository);
        Crowd.Plan plan = new Crowd.Plan(new double[tasks.size()], 1, 1, List.of());
        Crowd.Result result = Crowd.pull(tasks, plan, 0, setting.deadlineSeconds());
        if (result.why().equals(INTERRUPTED)) {
            throw new InterruptedException(INTERRUPTED);
        }
        means.requireAlive();
        for (Crowd.Outcome outcome : result.outcomes()) {
            if (!outcome.why().isEmpty()) {
                throw new LabException("a pull beforehand failed: " + outcome.why());
            }
        }
        FileTree.delete(work.data().resolve("pull"));
    }

    private List<HostTask> tasks(Means means, PulledImage what, String repository)
            throws IOException, InterruptedException {
        List<HostTask> tasks = new ArrayList<>();
        for (int i = 0; i < setting.hosts(); i++) {
            tasks.add(means.task(i, what, repository, work.data().resolve("pull").resolve(Scene.host(i))));
        }
        return tasks;
    }

    private Measured pull(Means means) throws IOException, InterruptedException {
        List<HostTask> tasks = tasks(means, image, REPOSITORY);
        Crowd.Plan plan = Plans.of(setting, scene, means, tasks, setting.links().boundSeconds(newBytes()));
        Means.Content contentBefore = means.content(REPOSITORY);
        List<List<Double>> racksBefore = means.racks();
        Map<String, Report.Process> before = means.processes();
        double ownBefore = ownCpuSeconds();
        Crowd.Result result;
        Report.Links links;
        try (LinkSampler sampler = new LinkSampler(scene::moved, System.nanoTime() + LEAD_NS)) {
            progress.accept(means.name() + ": " + setting.hosts() + " hosts pull");
            result = Crowd.pull(tasks, plan, LEAD_NS, setting.deadlineSeconds());
            sampler.sampleNow();
            links = sampler.links();
        }
        List<Report.Process> processes = new ArrayList<>();
        means.processes().forEach((name, after) -> {
            double cpu = before.containsKey(name) ? after.cpuSeconds() - before.get(name).cpuSeconds()
                    : after.cpuSeconds();
            processes.add(new Report.Process(name, Math.max(0, cpu), after.peakBytes()));
        });
        processes.add(new Report.Process("(this measurement)", ownCpuSeconds() - ownBefore, 0));
        boolean interrupted = result.why().equals(INTERRUPTED);
        String partial = interrupted ? INTERRUPTED : judge(means, tasks, result);
        Report.Egress egress = interrupted
                ? egress(new Means.Content(-1, -1, -1), links)
                : egress(means.content(REPOSITORY).since(contentBefore), links);
        Report.Racks racks = interrupted ? new Report.Racks(List.of(), List.of()) : racks(means.racks(), racksBefore);
        Report.Run run = new Report.Run(
                means.name(), partial, hosts(result), egress, processes, new Report.Samples(result.fetches(), links));
        return new Measured(run, racks);
    }

    private static double ownCpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().map(d -> d.toNanos() / 1e9).orElse(0.0);
    }

    /** Why a run does not count as whole; empty if it does. */
    private String judge(Means means, List<HostTask> tasks, Crowd.Result result) {
        Set<Integer> spoiled = Plans.spoiled(setting);
        try {
            means.requireAlive();
            for (int i = 0; i < tasks.size(); i++) {
                Crowd.Outcome outcome = result.outcomes().get(i);
                if (outcome.why().isEmpty()) {
                    tasks.get(i).verify();
                } else if (!spoiled.contains(i) && result.why().isEmpty()) {
                    return outcome.why();
                }
            }
            return result.why();
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private List<Report.Host> hosts(Crowd.Result result) {
        Set<Integer> spoiled = Plans.spoiled(setting);
        List<Report.Host> hosts = new ArrayList<>();
        for (int i = 0; i < setting.hosts(); i++) {
            Crowd.Outcome outcome = result.outcomes().get(i);
            hosts.add(new Report.Host(
                    Scene.host(i), "rack" + setting.rackOf(i), "zone0", outcome.begun(), outcome.firstByte(),
                            outcome.done(),
                    spoiled.contains(i)));
        }
        return hosts;
    }

    /** Content where its sender counts it, else what is on the link; what is more on the links is control. */
    private static Report.Egress egress(Means.Content content, Report.Links links) {
        Map<String, Long> sent = new LinkedHashMap<>();
        for (Report.Link link : links.links()) {
            sent.put(link.owner(), link.moved().getLast().sent());
        }
        long all = sent.values().stream().mapToLong(Long::longValue).sum();
        long upstream = content.upstream() >= 0 ? content.upstream() : sent.getOrDefault(Scene.UPSTREAM, 0L);
        long supernode = content.supernode() >= 0 ? content.supernode() : sent.getOrDefault(Scene.SUPERNODE, 0L);
        long nodes = content.nodes() >= 0
                ? content.nodes()
                : all - sent.getOrDefault(Scene.UPSTREAM, 0L) - sent.getOrDefault(Scene.SUPERNODE, 0L);
        return new Report.Egress(upstream, supernode, nodes, Math.max(0, all - upstream - supernode - nodes), 0);
    }

    private Report.Racks racks(List<List<Double>> after, List<List<Double>> before) {
        if (after.isEmpty()) {
            return new Report.Racks(List.of(), List.of());
        }
        List<String> names = new ArrayList<>();
        List<List<Double>> rows = new ArrayList<>();
        for (int from = 0; from < after.size(); from++) {
            names.add(from < setting.racks() ? "rack" + from : Scene.SUPERNODE);
            List<Double> row = new ArrayList<>();
            for (int to = 0; to < after.size(); to++) {
                row.add(Math.max(0, after.get(from).get(to) - before.get(from).get(to)));
            }
            rows.add(row);
        }
        return new Report.Racks(names, rows);
    }

    private Report report(
            Order order, Measured main, List<Report.Run> baselines, String partial, String startedAt,
                    double wallSeconds) {
        String title = setting.pattern().name() + ": " + setting.hosts() + " hosts of " + setting.links().host()
                + " Mbit/s pull " + String.format(Locale.ROOT, "%.4g MiB", newBytes() / (double) (1 << 20));
        return new Report(
                Report.FORMAT, KIND, title, order.command(), startedAt, wallSeconds, partial, Machine.here(),
                MassPullSettings.of(setting, image, order.describedAs(), work.described(), scene.name()), newBytes(),
                setting.links().boundSeconds(newBytes()), main.run.hosts(), List.of(), main.run.egress(), main.racks,
                main.run.processes(), main.run.samples(), baselines);
    }
}
