package io.lighterage.bench.masspull;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All that a mass pull depends on, besides the machine.
 *
 * @param hosts hosts that pull, 1 to {@link #MOST_HOSTS}
 * @param racks racks to whom hosts are dealt out in turn, 1 to hosts; with 1 nodes are told of no rack
 * @param links rates
 * @param pattern who pulls when
 * @param baselines other means, measured after ours
 * @param parallel layers that a host pulls at a time, 1 to 64
 * @param warmBytes of other images like it that all hosts pull first, off the clock; 0 measures processes that have
 *     only just started
 * @param deadlineSeconds of each pull of all hosts, 1 to 86400
 * @param disk where the data is; empty for memory, so that the disk is not what is measured
 * @param launcher the {@code lighter} command
 */
public record MassPullSetting(
        int hosts,
        int racks,
        LinkRates links,
        Pattern pattern,
        List<Baseline> baselines,
        int parallel,
        long warmBytes,
        int deadlineSeconds,
        Optional<Path> disk,
        Path launcher) {
    public static final int MOST_HOSTS = 200;

    public MassPullSetting {
        baselines = List.copyOf(baselines);
        require(hosts >= 1 && hosts <= MOST_HOSTS, "hosts: " + hosts + " is not from 1 to " + MOST_HOSTS);
        require(racks >= 1 && racks <= hosts, "racks: " + racks + " is not from 1 to the number of hosts, " + hosts);
        require(parallel >= 1 && parallel <= 64, "parallel: " + parallel + " is not from 1 to 64");
        require(warmBytes >= 0 && warmBytes <= 1L << 34, "warm: " + warmBytes + " bytes is not from 0 to 16 GiB");
        require(deadlineSeconds >= 1 && deadlineSeconds <= 86_400, "deadline: " + deadlineSeconds
                + " is not from 1 to 86400");
        if (pattern instanceof Pattern.Rollout rollout) {
            require(rollout.batch() <= hosts, "batch: " + rollout.batch() + " is more than the hosts, " + hosts);
        }
        boolean spoiled = pattern instanceof Pattern.SlowHost || pattern instanceof Pattern.DeadHost
                || pattern instanceof Pattern.JoinLeave;
        require(hosts >= 2 || !spoiled, "hosts: " + pattern.name() + " needs 2 or more");
    }

    /** The rack of a host, both counted from 0. */
    public int rackOf(int host) {
        return host % racks;
    }
}
