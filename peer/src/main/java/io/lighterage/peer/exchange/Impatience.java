package io.lighterage.peer.exchange;

import io.lighterage.peer.swarm.DirectShare;
import io.lighterage.peer.swarm.Pace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens because time passes: what is late is asked for elsewhere, at last upstream; what nobody wants is let go. */
final class Impatience {
    private static final Logger LOG = LoggerFactory.getLogger(Impatience.class);
    private static final long REOPEN_NS = TimeUnit.MILLISECONDS.toNanos(Pace.REOPEN_MILLIS);
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long UPSTREAM_PAUSE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long RENEW_NS = TimeUnit.MINUTES.toNanos(5);

    private final SwarmState state;
    private final Requests requests;
    private final Inquiries inquiries;
    private final SwarmConfig config;
    private final Uploads uploads;
    private final Optional<Consumer<Transfer>> upstream;
    private final DirectShare directShare = new DirectShare(new SplittableRandom());
    private final PartialArrivals partialArrivals = new PartialArrivals();
    private int ticks;

    /** @param upstream begins to read a transfer from upstream, on a thread of its own; empty if this node cannot */
    Impatience(
            SwarmState state,
            Requests requests,
            Inquiries inquiries,
            SwarmConfig config,
            Uploads uploads,
            Optional<Consumer<Transfer>> upstream) {
        this.state = state;
        this.requests = requests;
        this.inquiries = inquiries;
        this.config = config;
        this.uploads = uploads;
        this.upstream = upstream;
    }

    void begin(ScheduledExecutorService timer) {
        timer.scheduleWithFixedDelay(this::tick, Pace.TICK_MILLIS, Pace.TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            List<Transfer> forUpstream = new ArrayList<>();
            boolean calm = state.lockedGet(() -> requests.isSlow()
                    || state.transfers.values().stream().noneMatch(t -> t.download.isUrgent()));
            if (calm && ++ticks % Pace.CALM_TICKS != 0) {
                return;
            }
            state.locked(() -> {
                long nowNs = System.nanoTime();
                if (partialArrivals.isComing(state.receivedBytes())) {
                    state.lastArrivalNs = nowNs;
                }
                for (Transfer transfer : List.copyOf(state.transfers.values())) {
                    if (transfer.download.isWanting()) {
                        press(transfer, nowNs, forUpstream);
                    } else if (transfer.verifying == 0 && nowNs - transfer.idleSinceNs > LINGER_NS
                            && !transfer.download.hasDemands()) {
                        // Nobody has wanted anything of it for a while.
                        state.release(transfer);
                    }
                }
                requests.ask();
            });
            uploads.pump();
            upstream.ifPresent(forUpstream::forEach);
        } catch (RuntimeException e) {
            LOG.error("the exchange's timer failed", e);
        }
    }

    /**
     * Makes late answers come from elsewhere. A transfer counts as stalled only while nothing at all comes: as long as the
     * links carry other blobs of the same pull, this one waits for its turn at the supernode, and asking for it twice would
     * delay everybody.
     */
    private void press(Transfer transfer, long nowNs, List<Transfer> forUpstream) {
        requests.hedge(transfer, nowNs);
        if (state.supernode != null && nowNs - transfer.openedNs > RENEW_NS) {
            // Else what it shows other nodes would end in the middle of a long transfer.
            inquiries.subscribe(transfer, false);
        }
        long stallNs = config.stall().toNanos();
        long othersNs = Math.min(state.lastArrivalNs, transfer.lastArrivalNs + Pace.PATIENCE * stallNs);
        long waitedNs = nowNs - Math.max(transfer.lastArrivalNs, othersNs);
        if (state.supernode != null && nowNs - transfer.openedNs > Math.max(REOPEN_NS, stallNs) && waitedNs > stallNs) {
            inquiries.subscribe(transfer, true);
        }
        if (waitedNs > stallNs) {
            requests.insist(transfer, nowNs);
        }
        if (waitedNs > 4 * stallNs) {
            requests.giveUp(transfer, transfer.download.overdue(nowNs - 4 * stallNs));
        }
        int missing = transfer.download.firstMissing();
        boolean starved = missing >= 0 && waitedNs > 4 * stallNs && transfer.download.isAskable(missing);
        boolean gone = state.isSupernodeGone(config.supernodeGrace(), nowNs) && transfer.download.firstUnheld() >= 0;
        boolean possible = upstream.isPresent() && transfer.source.isPresent() && nowNs >= transfer.noUpstreamUntilNs;
        if ((gone || starved) && !transfer.direct && possible) {
            transfer.direct = true;
            transfer.starved = starved;
            forUpstream.add(transfer);
        }
    }

    /** Reserves the next run of chunks that a reader of upstream should fetch; empty when it should stop. */
    Optional<DirectShare.Run> reserveForUpstream(Transfer transfer) {
        return state.lockedGet(() -> {
            boolean needed = !transfer.ended && (state.supernode == null || transfer.starved);
            Optional<DirectShare.Run> run =
                    needed ? directShare.next(transfer.download, transfer.starved) : Optional.empty();
            transfer.direct = run.isPresent();
            run.ifPresent(chunks -> {
                for (int i = 0; i < chunks.count(); i++) {
                    transfer.download.reserve(chunks.first() + i, System.nanoTime());
                }
            });
            return run;
        });
    }

    /** How long a reader of upstream waits before its next run, in nanoseconds; the last one took {@code lastRunNs}. */
    long pauseNs(Transfer transfer, long lastRunNs) {
        return state.lockedGet(() -> directShare.pauseNs(transfer.download, transfer.starved, lastRunNs));
    }

    /**
     * Upstream does not give the run that {@link #reserveForUpstream} reserved.
     *
     * @param last whether the transfer is to fail though other nodes may have what is missing
     */
    void upstreamFailed(Transfer transfer, int first, int run, BlobUnavailableException why, boolean last) {
        boolean hopeless = state.lockedGet(() -> {
            int missing = -1;
            for (int i = first + run - 1; i >= first; i--) {
                if (!transfer.download.present().contains(i)) {
                    transfer.download.lost(i);
                    missing = i;
                }
            }
            transfer.direct = false;
            transfer.noUpstreamUntilNs = System.nanoTime() + UPSTREAM_PAUSE_NS;
            requests.ask();
            return last || missing >= 0 && !transfer.download.isAtNodes(missing);
        });
        if (hopeless) {
            state.fail(transfer, why);
        }
    }
}
