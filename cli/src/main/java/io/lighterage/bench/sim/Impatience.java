package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Event;
import io.lighterage.peer.swarm.DirectShare;
import io.lighterage.peer.swarm.Pace;
import java.util.List;

/** What a simulated node does because time passes: the counterpart of {@code peer.exchange.Impatience}. */
final class Impatience {
    private static final long MILLIS = 1_000_000;
    private static final long STALL_NS = Pace.STALL_MILLIS * MILLIS;
    private static final long GRACE_NS = Pace.GRACE_MILLIS * MILLIS;

    private final Host host;
    private final Cluster cluster;
    private final Requests requests;
    private final DirectShare directShare;
    private long tickNs;

    private final Event tick = new Event() {
        @Override
        protected void happen() {
            tick();
        }
    };

    Impatience(Host host, Requests requests, DirectShare directShare) {
        this.host = host;
        this.cluster = host.cluster;
        this.requests = requests;
        this.directShare = directShare;
    }

    /** Looks at the time within {@code ticks}; a simulation of many hosts spares those in which nothing is done. */
    void wake(int ticks) {
        long atNs = cluster.nowNs() + ticks * Pace.TICK_MILLIS * MILLIS;
        if (!tick.isScheduled() || atNs < tickNs) {
            tickNs = atNs;
            cluster.timeline().schedule(tick, atNs);
        }
    }

    private void tick() {
        if (!host.alive) {
            return;
        }
        boolean wanting = false;
        boolean urgent = false;
        for (Transfer transfer : host.transfers()) {
            wanting |= transfer.download.isWanting();
            urgent |= transfer.download.isUrgent();
        }
        long nowNs = cluster.nowNs();
        if (host.down.flows() > 0) {
            host.lastArrivalNs = nowNs;
        }
        for (Transfer transfer : List.copyOf(host.transfers())) {
            if (transfer.download.isWanting()) {
                press(transfer, nowNs);
            }
        }
        requests.ask();
        host.sender().pump();
        if (wanting || !host.sender().isIdle()) {
            wake(urgent && !requests.isSlow() ? 1 : Pace.CALM_TICKS);
        }
    }

    private void press(Transfer transfer, long nowNs) {
        requests.hedge(transfer, nowNs);
        long quietSinceNs = Math.max(
                transfer.lastArrivalNs,
                Math.min(host.lastArrivalNs, transfer.lastArrivalNs + Pace.PATIENCE * STALL_NS));
        long waitedNs = nowNs - quietSinceNs;
        boolean reopen = nowNs - transfer.openedNs > Pace.REOPEN_MILLIS * MILLIS && waitedNs > STALL_NS;
        if (host.supernode != null && reopen) {
            transfer.openedNs = nowNs;
            cluster.tell(host.supernode, () -> cluster.supernode().open(host, transfer.blob, true));
        }
        if (waitedNs > STALL_NS) {
            requests.insist(transfer, nowNs);
        }
        if (waitedNs > 4 * STALL_NS) {
            requests.giveUp(transfer, transfer.download.overdue(nowNs - 4 * STALL_NS));
        }
        int missing = transfer.download.firstMissing();
        boolean starved = missing >= 0 && waitedNs > 4 * STALL_NS && transfer.download.isAskable(missing);
        boolean gone = host.supernode == null
                && nowNs - host.supernodeGoneNs > GRACE_NS
                && transfer.download.firstUnheld() >= 0;
        if ((gone || starved) && !transfer.direct) {
            transfer.direct = true;
            transfer.starved = starved;
            new DirectRead(host, transfer, directShare).next();
        }
    }
}
