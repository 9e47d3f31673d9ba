package io.lighterage.bench.masspull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Makes a {@link Pattern} a {@link Crowd.Plan}. */
final class Plans {
    private static final double EVENT_AT = 0.5;
    private static final double LEAVE_STEP = 0.1;

    private Plans() {}

    /**
     * What is to happen.
     *
     * @param tasks of the hosts, to end those that leave
     * @param boundSeconds of the pull, by which instants are chosen
     */
    static Crowd.Plan of(MassPullSetting setting, Scene scene, Means means, List<HostTask> tasks, double boundSeconds) {
        int hosts = setting.hosts();
        double[] begins = new double[hosts];
        List<Crowd.Event> events = new ArrayList<>();
        int batch = hosts;
        int unavailable = hosts;
        switch (setting.pattern()) {
            case Pattern.FlashCrowd() -> { }
            case Pattern.SecondImage(int shared) -> { }
            case Pattern.SlowHost(int factor) -> { }
            case Pattern.Rollout(int size, int most) -> {
                Arrays.fill(begins, -1);
                batch = size;
                unavailable = most;
            }
            case Pattern.JoinLeave() -> {
                int first = (hosts + 1) / 2;
                for (int i = first; i < hosts; i++) {
                    begins[i] = boundSeconds * (i - first + 1) / (hosts - first);
                }
                double at = EVENT_AT;
                for (int leaver : spoiled(setting)) {
                    events.add(new Crowd.Event(at * boundSeconds, Scene.host(leaver) + " leaves", () -> {
                        tasks.get(leaver).abort();
                        means.kill(leaver);
                    }));
                    at += LEAVE_STEP;
                }
            }
            case Pattern.DeadHost() -> {
                int dead = spoiled(setting).iterator().next();
                events.add(new Crowd.Event(EVENT_AT * boundSeconds, "the cable of " + Scene.host(dead) + " is pulled",
                        () -> {
                    scene.cut(dead);
                    tasks.get(dead).abort();
                }));
            }
            case Pattern.SupernodeRestart() -> events.add(
                    new Crowd.Event(EVENT_AT * boundSeconds,
                            "the supernode is killed, loses its data and is started again",
                            means::restartSupernode));
        }
        return new Crowd.Plan(begins, batch, unavailable, events);
    }

    /** Hosts that are made to fail or to be slow, by index. */
    static Set<Integer> spoiled(MassPullSetting setting) {
        Set<Integer> spoiled = new TreeSet<>();
        int hosts = setting.hosts();
        switch (setting.pattern()) {
            case Pattern.SlowHost slow -> spoiled.add(hosts - 1);
            case Pattern.DeadHost dead -> spoiled.add(hosts - 1);
            case Pattern.JoinLeave joining -> {
                for (int i = 0; i < Math.max(1, hosts / 8); i++) {
                    spoiled.add(i);
                }
            }
            case Pattern.FlashCrowd f -> { }
            case Pattern.Rollout r -> { }
            case Pattern.SecondImage s -> { }
            case Pattern.SupernodeRestart s -> { }
        }
        return spoiled;
    }
}
