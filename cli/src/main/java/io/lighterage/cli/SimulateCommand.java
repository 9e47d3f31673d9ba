package io.lighterage.cli;

import io.lighterage.bench.report.Figures;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import io.lighterage.bench.sim.ImpossibleSettingException;
import io.lighterage.bench.sim.Result;
import io.lighterage.bench.sim.Setting;
import io.lighterage.bench.sim.Simulation;
import io.lighterage.bench.sim.SimulationReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter bench simulate}. */
@Command(
        name = "simulate",
        description = {
            "Simulates a pull on up to 100000 hosts, with the decisions of the real nodes and supernode.",
            "A scenario sets what the other options do not."
        },
        sortOptions = false)
final class SimulateCommand extends Subcommand {
    private static final Logger LOG = LoggerFactory.getLogger(SimulateCommand.class);
    private static final long WRITING_SECONDS = 60;
    private static final String MORE_MEMORY = "take larger chunks (--chunk-kib), or set LIGHTER_JAVA_OPTS=-Xmx";

    @Mixin
    private final SimulateOptions given = new SimulateOptions();

    @Option(names = "--out", paramLabel = "DIR", description = "Where the report goes. Default: ${DEFAULT-VALUE}.",
            defaultValue = "simulation")
    private Path out;

    /** Set when the process is told to end, so that what there is gets written. */
    private final AtomicBoolean interrupted = new AtomicBoolean();

    private final CountDownLatch written = new CountDownLatch(1);

    @Override
    void run() throws Exception {
        Setting setting;
        try {
            setting = given.setting();
            requireMemory(setting);
        } catch (ImpossibleSettingException e) {
            throw wrongUsage(e.getMessage());
        }
        Thread ending = new Thread(this::end, "simulation-end");
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            simulate(setting);
        } catch (OutOfMemoryError e) { // the estimate was too low; what was simulated is garbage by now
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%d hosts need more than the %s of heap that there are: %s",
                    setting.datacenter().hosts(), Amounts.bytes(Runtime.getRuntime().maxMemory()), MORE_MEMORY), e);
        } finally {
            written.countDown();
            if (!interrupted.get()) {
                Runtime.getRuntime().removeShutdownHook(ending);
            }
        }
    }

    private void end() {
        interrupted.set(true);
        try {
            if (!written.await(WRITING_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the partial report was not written within {} s", WRITING_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireMemory(Setting setting) {
        long heap = Runtime.getRuntime().maxMemory();
        if (setting.memoryBytes() > heap) {
            throw wrongUsage(String.format(
                    Locale.ROOT,
                    "hosts: %d hosts with %d chunks each need about %s of heap, and there are %s: %s",
                    setting.datacenter().hosts(), setting.image().bytes() / setting.image().chunkBytes(),
                    Amounts.bytes(setting.memoryBytes()), Amounts.bytes(heap), MORE_MEMORY));
        }
    }

    private void simulate(Setting setting) throws Exception {
        Instant startedAt = Instant.now();
        long startNs = System.nanoTime();
        long[] toldNs = {startNs};
        Result result = Simulation.run(setting, interrupted::get, simulated -> {
            long nowNs = System.nanoTime();
            if (nowNs - toldNs[0] > TimeUnit.SECONDS.toNanos(10)) {
                toldNs[0] = nowNs;
                LOG.info("{} simulated", String.format(Locale.ROOT, "%.1f s", simulated));
            }
        });
        double wallSeconds = (System.nanoTime() - startNs) / 1e9;
        Report report = SimulationReport.of(result, commandLine(), startedAt.toString(), wallSeconds);
        ReportFiles.write(report, out);
        PrintWriter to = out();
        to.println(report.title() + (result.partial() ? " (partial: " + result.why() + ")" : ""));
        for (Figures.Figure figure : Figures.of(report)) {
            to.printf(Locale.ROOT, "%-42s %10.3f %s%n", figure.name(), figure.value(), figure.unit());
        }
        to.printf(Locale.ROOT, "simulated in %.1f s; %s%n", wallSeconds, out.resolve("report.html"));
        to.flush();
        if (result.partial()) {
            throw new IOException("the simulation is partial: " + result.why());
        }
    }
}
