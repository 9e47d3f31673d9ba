package io.lighterage.cli;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.report.Machine;
import io.lighterage.bench.report.ReportFiles;
import io.lighterage.bench.report.StartReport;
import io.lighterage.bench.report.StartTable;
import io.lighterage.bench.start.ColdStart;
import io.lighterage.bench.start.Engine;
import io.lighterage.bench.start.Mode;
import io.lighterage.bench.start.StartImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lighter bench cold-start}. */
@Command(
        name = "cold-start",
        description = {
            "Starts containers of images that this host has never seen, over shaped links, and says when they are"
                    + " ready.",
            "Needs root. Images are made of Debian packages once, and kept in the work directory."
        },
        sortOptions = false)
final class ColdStartCommand extends Subcommand {
    private static final Logger LOG = LoggerFactory.getLogger(ColdStartCommand.class);
    private static final long CLEANING_SECONDS = 90;
    private static final String OWN = "own";
    private static final List<String> TOOLS = List.of(
            "ip", "tc", "nsenter", "unshare", "setsid", "setpriv", "curl", "skopeo", "docker-registry",
            "containerd", "containerd-shim-runc-v2", "ctr", "ctr-remote", "runc", "tar", "mount", "umount");

    @Option(names = "--engine", paramLabel = "ENGINE",
            description = {
                "containerd: containerd and runc with the node's snapshotter. none: mounts of the node and no engine.",
                "Default: ${DEFAULT-VALUE}."
            },
            defaultValue = "containerd")
    private String engine;

    @Option(names = "--images", split = ",", paramLabel = "NAME",
            description = "Default: all: python, java, node, postgres, gcc, nginx.")
    private List<String> images = List.of();

    @Option(names = "--image", paramLabel = "SOURCE",
            description = "An image of your own instead, as skopeo names it: docker://debian:12, oci:DIR:TAG.")
    private String image = "";

    @Option(names = "--start", paramLabel = "SCRIPT",
            description = {
                "What /bin/sh of that image runs; it is ready when it prints the line " + StartImage.READY + ".",
                "Default: ${DEFAULT-VALUE}."
            },
            defaultValue = "echo " + StartImage.READY)
    private String start;

    @Option(names = "--links", split = ",", paramLabel = "MBIT",
            description = "Rates of the host's and the registry's link. Default: 25,200,1000.")
    private List<Integer> links = List.of(25, 200, 1000);

    @Option(
            names = "--modes",
            split = ",",
            paramLabel = "MODE",
            description = "Default: all: local, eager-upstream, eager-mirror, lazy-first, lazy-converted, lazy-trace.")
    private List<String> modes = Arrays.stream(Mode.values()).map(Mode::label).toList();

    @Option(names = "--workloads", split = ",", paramLabel = "NAME",
            description = "start, or read: every file once. Default: both.")
    private List<String> workloads = List.of(ColdStart.START, ColdStart.READ);

    @Option(names = "--repetitions", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.", defaultValue = "5")
    private int repetitions;

    @Option(
            names = "--hosts",
            paramLabel = "N",
            description = "Also start on so many hosts at once, in the modes lazy-converted and lazy-trace."
                    + " Default: ${DEFAULT-VALUE}.",
            defaultValue = "1")
    private int hosts;

    @Option(
            names = "--supernode-mbit",
            paramLabel = "MBIT",
            description = "Rate of the supernode's link where --links has less. Default: ${DEFAULT-VALUE}.",
            defaultValue = "1000")
    private int supernodeMbit;

    @Option(names = "--not-until-local", description = "Do not wait until the image is whole on the host.")
    private boolean notUntilLocal;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where images are kept. Default: ${DEFAULT-VALUE}.",
            defaultValue = "/var/tmp/lighterage-cold-start")
    private Path work;

    @Option(names = "--out", paramLabel = "DIR", description = "Where the report goes. Default: ${DEFAULT-VALUE}.",
            defaultValue = "cold-start")
    private Path out;

    private final CountDownLatch cleaned = new CountDownLatch(1);

    /** Why the run ended before its end; empty if it did not. */
    private volatile String partial = "";

    @Override
    void run() throws Exception {
        ColdStart.Plan plan = plan();
        requireMachine();
        Thread measuring = Thread.currentThread();
        Thread ending = new Thread(() -> end(measuring), "cold-start-end");
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            measure(plan);
        } finally {
            cleaned.countDown();
            if (partial.isEmpty() || !partial.equals(INTERRUPTED)) {
                Runtime.getRuntime().removeShutdownHook(ending);
            }
        }
    }

    private static final String INTERRUPTED = "it was interrupted";

    private void end(Thread measuring) {
        partial = INTERRUPTED;
        measuring.interrupt();
        try {
            if (!cleaned.await(CLEANING_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("cleaning up took longer than {} s", CLEANING_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ColdStart.Plan plan() {
        if (repetitions < 1 || links.stream().anyMatch(mbit -> mbit < 1 || mbit > 10_000)) {
            throw wrongUsage("--repetitions and --links are 1 or more, --links at most 10000");
        }
        if (hosts < 1 || hosts > ColdStart.MOST_HOSTS || supernodeMbit < 1 || supernodeMbit > 10_000) {
            throw wrongUsage("--hosts is 1 to " + ColdStart.MOST_HOSTS + ", --supernode-mbit 1 to 10000");
        }
        for (String workload : workloads) {
            if (!workload.equals(ColdStart.START) && !workload.equals(ColdStart.READ)) {
                throw wrongUsage("--workloads: a workload is start or read, not " + workload);
            }
        }
        try {
            return new ColdStart.Plan(
                    engine(), images(), links, modes.stream().map(Mode::of).toList(), workloads, repetitions, supernodeMbit,
                    hosts, !notUntilLocal);
        } catch (IllegalArgumentException e) {
            throw wrongUsage("--modes: " + e.getMessage());
        }
    }

    private List<StartImage> images() {
        if (!image.isEmpty() && !images.isEmpty()) {
            throw wrongUsage("--image and --images: one or the other");
        }
        if (!image.isEmpty()) {
            return List.of(new StartImage(OWN, new StartImage.Copied(image), start));
        }
        if (images.isEmpty()) {
            return StartImage.ALL;
        }
        List<StartImage> chosen = new ArrayList<>();
        for (String name : images) {
            chosen.add(StartImage.ALL.stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> wrongUsage("--images: there is no image " + name)));
        }
        return chosen;
    }

    private Engine engine() {
        try {
            return Engine.of(engine);
        } catch (IllegalArgumentException e) {
            throw wrongUsage("--engine: " + e.getMessage());
        }
    }

    private void requireMachine() throws IOException {
        if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") != 0) {
            throw new IOException("needs root, for network namespaces and mounts");
        }
        List<String> tools = image.isEmpty() ? Commands.join(TOOLS, "debootstrap") : TOOLS;
        String missing = String.join(", ", tools.stream().filter(tool -> Commands.find(tool).isEmpty()).toList());
        if (!missing.isEmpty()) {
            throw new IOException("needs " + missing + " on the PATH");
        }
        if (!Files.exists(Path.of("/dev/fuse"))) {
            throw new IOException("needs /dev/fuse");
        }
    }

    /** The launcher of the checkout whose jar this is. */
    private static Path launcher() throws IOException {
        try {
            Path jar = Path.of(Lighter.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            for (Path at = jar.getParent(); at != null; at = at.getParent()) {
                Path launcher = at.resolve("lighter");
                if (Files.isRegularFile(launcher) && Files.isExecutable(launcher)) {
                    return launcher;
                }
            }
            throw new IOException("there is no launcher above " + jar);
        } catch (URISyntaxException e) {
            throw new IOException("the jar of this command has no path", e);
        }
    }

    private void measure(ColdStart.Plan plan) throws Exception {
        Instant startedAt = Instant.now();
        long startNs = System.nanoTime();
        List<StartReport.Sample> samples = new ArrayList<>();
        Files.createDirectories(work);
        Exception failure = null;
        try (ColdStart bench = new ColdStart(plan, launcher(), work)) {
            bench.run(samples::add);
        } catch (InterruptedException e) {
            failure = e;
            partial = INTERRUPTED;
        } catch (IOException | RuntimeException e) {
            failure = e;
            partial = partial.isEmpty() ? e.getMessage() : partial;
        }
        if (!samples.isEmpty()) {
            StartReport report = new StartReport(
                    StartReport.FORMAT, commandLine(), startedAt.toString(), (System.nanoTime() - startNs) / 1e9, partial,
                    Machine.here(), setting(plan), samples);
            ReportFiles.write(report, out);
            print(report);
        }
        if (failure != null) {
            throw partial.equals(INTERRUPTED) ? new IOException("the run is partial: " + partial, failure) : failure;
        }
    }

    private static Map<String, String> setting(ColdStart.Plan plan) {
        return Map.of(
                "engine", plan.engine().label(),
                "images", String.join(", ", plan.images().stream().map(StartImage::name).toList()),
                "links, Mbit/s", plan.links().toString(),
                "supernode's link, Mbit/s, at least", String.valueOf(plan.supernodeMbit()),
                "hosts at once", String.valueOf(plan.hosts()),
                "repetitions", String.valueOf(plan.repetitions()));
    }

    private void print(StartReport report) {
        PrintWriter to = out();
        to.printf("%-9s %5s %-6s %-15s %5s %3s %9s %8s %8s %8s %7s %9s %6s %9s %8s%n", "image", "Mbit",
                "", "mode", "hosts", "n", "median s", "p95 s", "/ eager", "/ local", "/ one", "link MB", "ampl.",
                "supernode", "local s");
        for (StartTable.Row row : StartTable.of(report)) {
            to.printf(
                    Locale.ROOT, "%-9s %5d %-6s %-15s %5d %3d %9.2f %8.2f %8s %8s %7s %9.1f %6s %9s %8s%n",
                    row.image(), row.mbit(), row.workload(), row.mode(), row.hosts(), row.count(), row.median(),
                    row.p95(),
                    known(row.ofEager()), known(row.ofLocal()), known(row.ofOne()), row.linkBytes() / 1e6,
                    known(row.amplification()), known(row.supernode()), known(row.local()));
        }
        to.println((report.partial().isEmpty() ? "" : "partial: " + report.partial() + "; ")
                + out.resolve("report.html"));
        to.flush();
    }

    private static String known(double value) {
        return value < 0 ? "" : String.format(Locale.ROOT, "%.2f", value);
    }
}
