package io.lighterage.bench.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Directories;
import io.lighterage.bench.lab.Teardown;
import io.lighterage.bench.report.StartReport.Sample;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures cold starts, one after the other. Each has a host that has seen nothing of the image; its node, where it takes
 * part, has run for a while and pulled something else, as nodes have. Owned by one thread; interrupting it ends it, and
 * nothing is left.
 */
public final class ColdStart implements AutoCloseable {
    /** What is to be measured. */
    public record Plan(
            List<StartImage> images,
            List<Integer> links,
            List<Mode> modes,
            List<String> workloads,
            int repetitions,
            boolean untilLocal) {}

    /** A container that starts and does what the image is for. */
    public static final String START = "start";

    /** A container that reads every file once. */
    public static final String READ = "read";

    private static final Logger LOG = LoggerFactory.getLogger(ColdStart.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration DEADLINE = Duration.ofMinutes(15);
    private static final String RUN = "run-";
    private static final int WARMTH_MIB = 48;
    private static final String WARMTH = Processes.REGISTRY_NAME + "/bench/warmth:1";
    private static final String READ_ALL = "find / -xdev -type f -exec cat {} + > /dev/null && echo READY";

    private final Plan plan;
    private final ImageShelf shelf;
    private final Path directory;
    private final Teardown teardown = new Teardown();
    private final Datacenter datacenter;
    private final Processes processes;
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
        this.shelf = new ImageShelf(images);
        Directories.removeStale(work.toRealPath(), RUN);
        this.directory = Directories.create(work.toRealPath(), RUN);
        try {
            teardown.add(() -> FileTree.delete(directory));
            this.datacenter = teardown.add(new Datacenter(directory));
            this.processes = new Processes(datacenter, launcher, directory);
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
                    for (String workload : plan.workloads()) {
                        for (Mode mode : plan.modes()) {
                            Sample sample = measure(image, mode, mbit, workload);
                            LOG.info("{} {} at {} Mbit/s, {}: {} s", image.name(), mode.label(), mbit, workload,
                                    Math.round(sample.ready() * 100) / 100.0);
                            each.accept(sample);
                        }
                    }
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
            processes.push(shelf.layout(image), "bench/" + image.name() + ":1");
            sizes.put(image.name(), shelf.plainBytes(image));
        }
        boolean needed = plan.modes().stream().anyMatch(mode -> mode != Mode.LOCAL && mode != Mode.EAGER_UPSTREAM);
        if (needed) {
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
        try (Teardown after = new Teardown()) {
            after.add(processes.node(fresh("node", after)));
            Path root = mount(image, after);
            try (Container container = Container.start(datacenter.host(), root, image.start(), DEADLINE)) {
                LOG.debug("{} starts for its trace: {}", image.name(), container);
            }
            String manifest = status(image).path("manifest").asText();
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

    private Path fresh(String name, Teardown after) throws IOException {
        Path path = directory.resolve(name);
        FileTree.delete(path);
        Files.createDirectories(path);
        after.add(() -> FileTree.delete(path));
        return path;
    }

    private Sample measure(StartImage image, Mode mode, int mbit, String workload)
            throws IOException, InterruptedException {
        try (Teardown after = new Teardown()) {
            datacenter.rate(Datacenter.FAST_MBIT);
            Containerd containerd = null;
            if (mode == Mode.EAGER_UPSTREAM || mode == Mode.EAGER_MIRROR) {
                containerd = after.add(Containerd.start(datacenter.host(), fresh("containerd", after)));
            }
            if (mode.isLazy() || mode == Mode.EAGER_MIRROR) {
                useSupernode(mode != Mode.LAZY_FIRST);
                String[] flags = mode == Mode.LAZY_TRACE ? new String[0] : new String[] {"--no-traces"};
                after.add(processes.node(fresh("node", after), flags));
                warm();
            }
            Path root = directory.resolve("root");
            datacenter.rate(mbit);
            after.add(() -> datacenter.rate(Datacenter.FAST_MBIT));
            Datacenter.dropCaches();
            long before = datacenter.received();
            long startNs = System.nanoTime();
            switch (mode) {
                case LOCAL -> overlay(shelf.unpacked(image), root, after);
                case EAGER_UPSTREAM -> pull(containerd, image, "http://" + Datacenter.REGISTRY + ":5000", root, after);
                case EAGER_MIRROR -> pull(containerd, image, Processes.NODE, root, after);
                case LAZY_FIRST, LAZY_CONVERTED, LAZY_TRACE -> root = mount(image, after);
            }
            double there = since(startNs);
            String script = workload.equals(READ) ? READ_ALL : image.start();
            after.add(Container.start(datacenter.host(), root, script, DEADLINE));
            double ready = since(startNs);
            long received = datacenter.received() - before;
            JsonNode status = mode.isLazy() ? status(image) : JSON.missingNode();
            double local = mode.isLazy() ? awaitLocal(image, startNs) : mode == Mode.LOCAL ? 0 : there;
            return new Sample(
                    image.name(), sizes.get(image.name()), mode.label(), mbit, workload, ready, received,
                    mode.isLazy() ? status.path("neededBytes").asLong() : -1,
                    mode.isLazy() ? status.path("onDemandBytes").asLong() + status.path("tracedBytes").asLong() : -1,
                    local);
        }
    }

    private void atHost(String... command) throws IOException, InterruptedException {
        Commands.run(datacenter.host(), DEADLINE, command);
    }

    private static double since(long startNs) {
        return (System.nanoTime() - startNs) / 1e9;
    }

    /** A node that has just started has nothing compiled yet; nodes run for months. */
    private void warm() throws IOException, InterruptedException {
        Path at = Files.createDirectories(directory.resolve("warmth"));
        processes.mount(WARMTH, at);
        try {
            atHost("bash", "-c", "cat \"$1\"/* > /dev/null", "warm", at.toString());
        } finally {
            processes.unmount(at);
        }
    }

    private void pull(Containerd containerd, StartImage image, String from, Path root, Teardown after)
            throws IOException, InterruptedException {
        Files.createDirectories(root);
        after.add(() -> atHost("umount", "--lazy", "--quiet", root.toString()));
        containerd.pull(reference(image), from, root);
    }

    /** Mounts the image by the node, and answers a directory above it that can be written. */
    private Path mount(StartImage image, Teardown after) throws IOException, InterruptedException {
        Path lower = Files.createDirectories(directory.resolve("image"));
        Path root = directory.resolve("root");
        processes.mount(reference(image), lower);
        after.add(() -> unmount(lower));
        overlay(lower.toString(), root, after);
        return root;
    }

    private void unmount(Path lower) throws IOException, InterruptedException {
        try {
            processes.unmount(lower);
        } catch (IOException e) {
            LOG.warn("the node does not unmount {}: {}", lower, e.getMessage());
            atHost("umount", "--lazy", lower.toString());
        }
    }

    private void overlay(String lower, Path root, Teardown after) throws IOException, InterruptedException {
        Files.createDirectories(root);
        Path upper = fresh("upper", after);
        Path work = fresh("work", after);
        atHost(
                "mount", "-t", "overlay", "overlay", "-o",
                "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work, root.toString());
        after.add(() -> atHost("umount", "--lazy", root.toString()));
    }

    private JsonNode status(StartImage image) throws IOException, InterruptedException {
        for (JsonNode one : JSON.readTree(processes.askNode("/api/v1/images"))) {
            for (JsonNode name : one.path("names")) {
                if (name.asText().equals(reference(image))) {
                    return one;
                }
            }
        }
        throw new IOException("the node does not know " + reference(image));
    }

    private double awaitLocal(StartImage image, long startNs) throws IOException, InterruptedException {
        if (!plan.untilLocal()) {
            return -1;
        }
        while (since(startNs) < DEADLINE.toSeconds()) {
            JsonNode status = status(image);
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
