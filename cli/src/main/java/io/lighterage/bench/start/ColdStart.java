package io.lighterage.bench.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.lab.Directories;
import io.lighterage.bench.lab.Teardown;
import io.lighterage.bench.report.StartReport.Sample;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures cold starts, one after the other. Each has a host that has seen nothing of the image; its node, where it
 * takes part, has run for a while and pulled something else, as nodes have. Owned by one thread; interrupting it ends
 * it, and nothing is left.
 */
public final class ColdStart implements AutoCloseable {
    /** The most hosts that may start at once. */
    public static final int MOST_HOSTS = Datacenter.MOST_HOSTS;

    /**
     * What is to be measured.
     *
     * @param engine who runs the containers
     * @param links rates of the links of hosts and registry in Mbit/s
     * @param supernodeMbit least rate of the supernode's link
     * @param hosts how many start at once, after one has alone; 1 for no crowd
     * @param untilLocal whether to wait until an image is whole on the host
     */
    public record Plan(
            Engine engine,
            List<StartImage> images,
            List<Integer> links,
            List<Mode> modes,
            List<String> workloads,
            int repetitions,
            int supernodeMbit,
            int hosts,
            boolean untilLocal) {}

    /** A container that starts and does what the image is for. */
    public static final String START = "start";

    /** A container that reads every file once. */
    public static final String READ = "read";

    private static final Logger LOG = LoggerFactory.getLogger(ColdStart.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration DEADLINE = ColdHost.DEADLINE;
    private static final String RUN = "run-";
    private static final int WARMTH_MIB = 48;

    /** A node that had a fast link a moment ago would send as suits that. */
    private static final int WARM_MBIT = 200;

    private static final String WARMTH = Processes.REGISTRY_NAME + "/bench/warmth:1";
    private static final String LONG_AFTER = "3600";
    private static final String READ_ALL = "find / -xdev -type f -exec cat {} + > /dev/null && echo READY";

    private final Plan plan;
    private final ImageShelf shelf;
    private final Path directory;
    private final Teardown teardown = new Teardown();
    private final Datacenter datacenter;
    private final Processes processes;
    private final List<ColdHost> hosts = new ArrayList<>();
    private final Map<String, Long> sizes = new HashMap<>();

    /** The supernode that has every image, or one that has none; null while none runs. */
    private Processes.Running supernode;

    private boolean prepared;

    /**
     * Makes the lab.
     *
     * @param launcher the {@code lighter} whose nodes are measured
     * @param work where images are kept, and where a run has its directory
     */
    public ColdStart(Plan plan, Path launcher, Path work) throws IOException, InterruptedException {
        this.plan = plan;
        Path images = Files.createDirectories(work.resolve("images")).toRealPath();
        Directories.removeStale(work.toRealPath(), RUN);
        this.directory = Directories.create(work.toRealPath(), RUN);
        this.shelf = new ImageShelf(images, directory.resolve("copies"));
        try {
            teardown.add(() -> Directories.remove(directory));
            Cgroups.removeEmpty();
            teardown.add(Cgroups::removeEmpty);
            this.datacenter = teardown.add(new Datacenter(directory, plan.hosts(), plan.supernodeMbit()));
            this.processes = new Processes(datacenter, launcher, directory);
            for (Datacenter.Party host : datacenter.hosts()) {
                hosts.add(new ColdHost(host, processes, directory.resolve(host.name())));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            teardown.close();
            throw e;
        }
    }

    /** Makes the images, fills the datacenter, and measures; each start is told when it is over. */
    public void run(Consumer<Sample> each) throws IOException, InterruptedException {
        prepare();
        for (int repetition = 1; repetition <= plan.repetitions(); repetition++) {
            for (StartImage image : plan.images()) {
                for (int mbit : plan.links()) {
                    measure(image, mbit, each);
                }
            }
        }
    }

    private void measure(StartImage image, int mbit, Consumer<Sample> each) throws IOException, InterruptedException {
        for (String workload : plan.workloads()) {
            for (Mode mode : plan.modes()) {
                Sample sample = measure(image, mode, mbit, workload);
                LOG.info("{} {} at {} Mbit/s, {}: {} s", image.name(), mode.label(), mbit, workload,
                        Math.round(sample.ready() * 100) / 100.0);
                each.accept(sample);
                boolean together = mode == Mode.LAZY_CONVERTED || mode == Mode.LAZY_TRACE;
                if (plan.hosts() > 1 && together && workload.equals(START)) {
                    List<Sample> all = crowd(image, mode, mbit);
                    LOG.info("{} {} at {} Mbit/s, {} hosts at once: {}", image.name(), mode.label(), mbit, all.size(),
                            all.stream().mapToDouble(Sample::ready).sorted().mapToObj("%.2f"::formatted).toList());
                    all.forEach(each);
                }
            }
        }
    }

    private static String reference(StartImage image) {
        return Processes.REGISTRY_NAME + "/bench/" + image.name() + ":1";
    }

    private void prepare() throws IOException, InterruptedException {
        teardown.add(processes.registry(directory.resolve("registry")));
        teardown.add(this::stopSupernode);
        processes.push(shelf.warmth(WARMTH_MIB), "bench/warmth:1");
        for (StartImage image : plan.images()) {
            Path layout = shelf.layout(image);
            processes.push(layout, "bench/" + image.name() + ":1");
            sizes.put(image.name(), ImageShelf.plainBytes(layout));
        }
        if (plan.modes().stream().anyMatch(Mode::usesNode)) {
            useSupernode(true);
            processes.convert(WARMTH);
            for (StartImage image : plan.images()) {
                processes.convert(reference(image));
                if (plan.modes().contains(Mode.LAZY_TRACE)) {
                    teach(image);
                }
            }
        }
    }

    /** One start that is recorded. */
    private void teach(StartImage image) throws IOException, InterruptedException {
        ColdHost host = hosts.getFirst();
        try (Teardown after = new Teardown()) {
            host.node(after);
            Starter starter = after.add(host.starter(plan.engine()));
            Starter.Image there = after.add(starter.get(reference(image), Mode.LAZY_CONVERTED));
            try (Container container = there.start(image.start())) {
                LOG.debug("{} starts for its trace: {}", image.name(), container);
            }
            String manifest = host.status(reference(image)).path("manifest").asText();
            after.close();
            processes.awaitTrace(Processes.REGISTRY_NAME + "/bench/" + image.name() + "@" + manifest);
        }
    }

    private void useSupernode(boolean wantPrepared) throws IOException, InterruptedException {
        if (supernode == null || prepared != wantPrepared || !wantPrepared) {
            stopSupernode();
            Path data = directory.resolve(wantPrepared ? "supernode" : "supernode-empty");
            if (!wantPrepared) {
                FileTree.delete(data);
            }
            supernode = processes.supernode(data);
            prepared = wantPrepared;
        }
    }

    private void stopSupernode() throws InterruptedException {
        if (supernode != null) {
            supernode.close();
            supernode = null;
        }
    }

    /** What one host measures. */
    private Sample measure(StartImage image, Mode mode, int mbit, String workload)
            throws IOException, InterruptedException {
        ColdHost host = hosts.getFirst();
        try (Teardown after = new Teardown()) {
            datacenter.rate(mode.usesNode() ? Math.max(mbit, WARM_MBIT) : Datacenter.FAST_MBIT);
            Starter starter = starter(host, mode, after, flags(mode));
            Starter.Image gotten = mode == Mode.LOCAL ? after.add(starter.get(reference(image), mode)) : null;
            settle(mbit, List.of(starter), after);
            long sentBefore = mode.isLazy() ? processes.sentBySupernode() : 0;
            long before = datacenter.received().getFirst();
            long startNs = System.nanoTime();
            if (gotten == null) {
                gotten = after.add(starter.get(reference(image), mode));
            }
            double there = since(startNs);
            after.add(gotten.start(workload.equals(READ) ? READ_ALL : image.start()));
            double ready = since(startNs);
            long received = datacenter.received().getFirst() - before;
            long sent = mode.isLazy() ? processes.sentBySupernode() - sentBefore : -1;
            JsonNode status = mode.isLazy() ? host.status(reference(image)) : JSON.missingNode();
            double local = mode.isLazy() ? awaitLocal(host, image, startNs) : mode == Mode.LOCAL ? 0 : there;
            return sample(image, mode, mbit, workload, 1, new Crowd.Found(ready, received, status), sent, local);
        }
    }

    /**
     * What starts containers on a host, warm: a node that has just begun has nothing compiled yet, and nodes run for
     * months.
     */
    private Starter starter(ColdHost host, Mode mode, Teardown after, String... flags)
            throws IOException, InterruptedException {
        if (mode.usesNode()) {
            useSupernode(mode != Mode.LAZY_FIRST);
            host.node(after, flags);
        }
        Starter starter = after.add(host.starter(plan.engine()));
        try (Starter.Image warmth = starter.get(WARMTH, mode); Container container = warmth.start(READ_ALL)) {
            LOG.debug("{} has started {}", host.party().name(), container);
        }
        return starter;
    }

    /** Has links and memory as they are to be measured. */
    private void settle(int mbit, List<Starter> starters, Teardown after) throws IOException, InterruptedException {
        datacenter.rate(mbit);
        after.add(() -> datacenter.rate(Datacenter.FAST_MBIT));
        Datacenter.dropCaches();
        for (Starter starter : starters) {
            starter.keepWarm();
        }
    }

    private static String[] flags(Mode mode) {
        return mode == Mode.LAZY_TRACE ? new String[0] : new String[] {"--no-traces"};
    }

    private Sample sample(
            StartImage image, Mode mode, int mbit, String workload, int count, Crowd.Found found, long sent,
            double local) {
        JsonNode status = found.status();
        return new Sample(
                image.name(), sizes.get(image.name()), mode.label(), mbit, workload, count, found.ready(),
                found.received(),
                mode.isLazy() ? status.path("neededBytes").asLong() : -1,
                mode.isLazy() ? status.path("onDemandBytes").asLong() + status.path("tracedBytes").asLong() : -1,
                sent,
                local);
    }

    /** What all hosts measure that start at the same instant, each with a node that has nothing of the image. */
    private List<Sample> crowd(StartImage image, Mode mode, int mbit) throws IOException, InterruptedException {
        try (Teardown after = new Teardown()) {
            datacenter.rate(Math.max(mbit, WARM_MBIT));
            List<Starter> starters = new ArrayList<>();
            for (ColdHost host : hosts) {
                // What the first ones pull when they are ready is not what the others' starts need.
                starters.add(starter(host, mode, after, Stream.concat(
                                Stream.of("--prefetch-delay", LONG_AFTER), Stream.of(flags(mode)))
                        .toArray(String[]::new)));
            }
            settle(mbit, starters, after);
            long before = processes.sentBySupernode();
            List<Crowd.Found> found =
                    new Crowd(datacenter, hosts).start(starters, reference(image), mode, image.start(), after);
            long sent = processes.sentBySupernode() - before;
            return found.stream()
                    .map(one -> sample(image, mode, mbit, START, hosts.size(), one, sent, -1))
                    .toList();
        }
    }

    private static double since(long startNs) {
        return (System.nanoTime() - startNs) / 1e9;
    }

    private double awaitLocal(ColdHost host, StartImage image, long startNs) throws IOException, InterruptedException {
        if (!plan.untilLocal()) {
            return -1;
        }
        while (since(startNs) < DEADLINE.toSeconds()) {
            JsonNode status = host.status(reference(image));
            if (status.path("localBytes").asLong() == status.path("length").asLong()) {
                return since(startNs);
            }
            Thread.sleep(100);
        }
        throw new IOException(reference(image) + " was not here whole within " + DEADLINE);
    }

    /** Ends all processes and undoes all that was made, but the images. */
    @Override
    public void close() {
        teardown.close();
    }
}
