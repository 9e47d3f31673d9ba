package io.lighterage.bench.sim;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/** Runs a {@link Setting}. */
public final class Simulation {
    private static final double NS = 1e9;
    private static final int TICKS_BETWEEN_LOOKS = 1 << 14;

    private final Setting setting;
    private final Cluster cluster;
    private final HostWork work;
    private long ticks;
    private String ended = "";

    private Simulation(Setting setting) {
        this.setting = setting;
        switch (setting.load()) {
            case Load.MassPull pull -> {
                PullWork pulling = new PullWork(setting, pull);
                this.work = pulling;
                this.cluster = new Cluster(setting, pulling);
                pulling.begin(cluster);
            }
            case Load.ColdStart start -> {
                StartWork starting = new StartWork(setting, start);
                this.work = starting;
                this.cluster = new Cluster(setting, starting);
                starting.begin(cluster);
            }
        }
        planFaults();
    }

    /**
     * Simulates {@code setting} until all is done, or its deadline has passed.
     *
     * @param interrupted asked now and then; ends the simulation early, with what there is
     * @param progress told the simulated seconds now and then
     */
    public static Result run(Setting setting, BooleanSupplier interrupted, DoubleConsumer progress) {
        Simulation simulation = new Simulation(setting);
        simulation.run(interrupted, progress);
        return simulation.result();
    }

    private void planFaults() {
        Faults faults = setting.faults();
        RandomGenerator random = cluster.newRandom();
        double boundSeconds = setting.datacenter().boundSeconds(setting.image().bytes());
        for (Host host : cluster.hosts()) {
            if (faults.failShare() > 0 && random.nextDouble() < faults.failShare()) {
                long atNs = (long) (random.nextDouble() * boundSeconds * NS);
                cluster.timeline().at(atNs, () -> {
                    host.sample().failed = true;
                    cluster.kill(host);
                    work.failed(host);
                });
            }
        }
        if (faults.supernodeLostSeconds() >= 0) {
            cluster.timeline().at((long) (faults.supernodeLostSeconds() * NS), () -> cluster.kill(cluster.supernode()));
        }
    }

    private void run(BooleanSupplier interrupted, DoubleConsumer progress) {
        cluster.timeline().run(cluster::settle, () -> {
            if (ticks++ % TICKS_BETWEEN_LOOKS == 0) {
                progress.accept(cluster.nowNs() / NS);
                if (interrupted.getAsBoolean()) {
                    ended = "interrupted";
                }
            }
            if (cluster.nowNs() > setting.deadlineNs()) {
                ended = "not done after " + setting.deadlineNs() / (long) NS + " simulated seconds";
            }
            return work.isDone() || !ended.isEmpty();
        });
        if (!work.isDone() && ended.isEmpty()) {
            ended = "nothing happened any more";
        }
    }

    private Result result() {
        List<Sample> samples = cluster.hosts().stream().map(Host::sample).toList();
        boolean[] failed = new boolean[samples.size()];
        for (int i = 0; i < failed.length; i++) {
            failed[i] = samples.get(i).failed;
        }
        Counters counters = cluster.counters();
        return new Result(
                setting,
                !ended.isEmpty(),
                ended,
                cluster.nowNs() / NS,
                seconds(samples.stream().mapToLong(s -> s.beginNs)),
                seconds(samples.stream().mapToLong(s -> s.firstNs)),
                seconds(samples.stream().mapToLong(s -> s.doneNs)),
                failed,
                work instanceof StartWork starting ? seconds(LongStream.of(starting.startedNs())) : new double[0],
                counters.upstreamSent,
                counters.upstreamToNodes,
                counters.supernodeSent,
                counters.nodesSent,
                counters.controlBytes,
                counters.duplicateBytes,
                counters.matrix,
                counters.hedges,
                counters.busy,
                counters.later,
                counters.chunks,
                cluster.timeline().happened());
    }

    private static double[] seconds(LongStream instantsNs) {
        return instantsNs.mapToDouble(ns -> ns < 0 ? -1 : ns / NS).toArray();
    }
}
