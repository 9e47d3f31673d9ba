package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Link;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Demand;
import io.lighterage.peer.swarm.DirectShare;
import io.lighterage.peer.swarm.Download;
import io.lighterage.peer.swarm.Introductions;
import io.lighterage.peer.swarm.Neighbourhood;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.swarm.Spreading;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** A simulated node: the counterpart of {@code peer.exchange.NodeSwarm}, decision for decision. */
final class Host extends Endpoint {
    private static final long MILLIS = 1_000_000;
    private static final long GRACE_NS = Pace.GRACE_MILLIS * MILLIS;

    /** Ends of connections, the supernode's among them, and how this host sees those hosts. */
    final List<Peering> peerings = new ArrayList<>();

    final Neighbourhood neighbourhood = new Neighbourhood();

    /** The connection to the supernode, or null while there is none. */
    Peering supernode;

    private final Map<Endpoint, Peering> byHost = new HashMap<>();
    private final Sender sender;
    private final Requests requests;
    private final Announcements announcements;
    private final Impatience impatience;
    private final Transfer[] begun;
    private final List<Transfer> transfers = new ArrayList<>(1);
    private final Sample sample;
    private final HostWork work;

    /** Since when there is no connection to the supernode, if there is none. */
    long supernodeGoneNs;

    /** When a chunk last came, or a part of one. */
    long lastArrivalNs;

    private double hashFreeAtNs;

    Host(Cluster cluster, int number, int rack, int zone, Link up, Link down, Sample sample, HostWork work) {
        super(cluster, number, rack, zone, up, down);
        this.sample = sample;
        this.work = work;
        this.sender = new Sender(this, Pace.UPLOADS, Pace.LONGEST_QUEUE, Optional.empty());
        this.begun = new Transfer[cluster.setting().image().layers()];
        this.requests = new Requests(this);
        this.announcements = new Announcements(this, cluster);
        this.impatience = new Impatience(
                this, requests, new DirectShare(new SplittableRandom(31 * cluster.setting().seed() + number)));
    }

    @Override
    Sender sender() {
        return sender;
    }

    Sample sample() {
        return sample;
    }

    Collection<Transfer> transfers() {
        return transfers;
    }

    Transfer transferOf(Download download) {
        for (Transfer transfer : transfers) {
            if (transfer.download == download) {
                return transfer;
            }
        }
        throw new IllegalStateException("a request for a transfer that has ended");
    }

    // Links

    void joined(Peering peering) {
        peerings.add(peering);
        neighbourhood.join(peering.neighbour);
        byHost.put(peering.other, peering);
        if (peering.other instanceof Supernode) {
            supernode = peering;
        } else {
            for (Transfer transfer : transfers) {
                if (transfer.proposed.contains((Host) peering.other)) {
                    open(peering, transfer);
                }
            }
        }
    }

    void left(Peering peering) {
        if (!peerings.remove(peering)) {
            return;
        }
        byHost.remove(peering.other);
        sender.leave(peering);
        for (Transfer transfer : transfers) {
            transfer.download.leave(peering.neighbour);
            transfer.proposed.remove(peering.other);
        }
        neighbourhood.leave(peering.neighbour);
        for (Want want : peering.requests) {
            want.live = false;
            want.transfer.choices -= want.chosen ? 1 : 0;
        }
        peering.requests.clear();
        if (peering == supernode) {
            supernode = null;
            supernodeGoneNs = cluster.nowNs();
            transfers.forEach(t -> t.introduced = false);
        }
        requests.ask();
    }

    private void open(Peering peering, Transfer transfer) {
        long bit = 1L << transfer.blob;
        if ((peering.opened & bit) == 0) {
            peering.opened |= bit;
            cluster.tell(peering, () -> ((Host) peering.other).opened(peering.reverse, transfer.blob));
        }
    }

    private void opened(Peering peering, int blob) {
        peering.interested |= 1L << blob;
        Transfer transfer = begun[blob];
        if (transfer != null) {
            if (!transfer.ended) {
                open(peering, transfer);
            }
            if (!transfer.download.present().isEmpty()) {
                ChunkSet present = transfer.download.present().copy();
                cluster.tell(peering, () -> ((Host) peering.other).holds(peering.reverse, blob, present));
            }
        }
    }

    private void closed(Peering peering, int blob) {
        peering.interested &= ~(1L << blob);
        sender.forget(peering, want -> want.transfer.blob == blob);
    }

    // Transfers

    /** Asks the supernode about a blob, or goes upstream where there is none. */
    void open(int blob) {
        if (supernode == null) {
            begin(blob);
            return;
        }
        long askedNs = cluster.nowNs();
        cluster.tell(supernode, () -> cluster.supernode().open(this, blob, true));
        cluster.timeline().at(askedNs + 2 * GRACE_NS, () -> {
            // The supernode went away before it answered.
            if (alive && begun[blob] == null && supernode == null) {
                begin(blob);
            }
        });
    }

    boolean hasBegun(int blob) {
        return begun[blob] != null;
    }

    private Transfer begin(int blob) {
        Transfer transfer = new Transfer(this, blob, cluster.setting().image(), cluster.nowNs());
        begun[blob] = transfer;
        transfers.add(transfer);
        work.begun(this, transfer);
        requests.demandsChanged();
        impatience.wake(Pace.CALM_TICKS);
        return transfer;
    }

    /** Begins to want chunks {@code first .. end - 1} of a transfer. */
    Demand demand(Transfer transfer, int first, int end, Priority priority) {
        if (!transfer.download.isWanting()) {
            transfer.lastArrivalNs = cluster.nowNs();
        }
        Demand demand = transfer.download.demand(first, end, priority);
        requests.demandsChanged();
        requests.ask();
        impatience.wake(priority == Priority.ON_DEMAND && !requests.isSlow() ? 1 : Pace.CALM_TICKS);
        return demand;
    }

    void end(Transfer transfer, Demand demand) {
        transfer.download.end(demand);
        requests.demandsChanged();
    }

    /** The supernode proposes hosts for a blob. */
    void proposed(int blob, Introductions.Told<Host> told) {
        Transfer transfer = begun[blob];
        if (transfer == null || transfer.ended) {
            return;
        }
        transfer.download.share(told.share());
        for (Host host : told.nodes()) {
            if (transfer.proposed.add(host)) {
                Peering known = byHost.get(host);
                if (known != null) {
                    open(known, transfer);
                } else {
                    cluster.dial(this, host);
                }
            }
        }
    }

    boolean isConnectedTo(Host host) {
        return byHost.containsKey(host);
    }

    /** Table entries came from the supernode, which holds what they tell of. */
    void learned(int blob, ChunkSet entries) {
        if (!alive) {
            return;
        }
        Transfer transfer = begun[blob] == null ? begin(blob) : begun[blob];
        if (transfer.ended) {
            return;
        }
        transfer.download.askable(entries, cluster.nowNs());
        if (supernode != null) {
            transfer.download.holds(supernode.neighbour, entries);
            introduce(transfer);
        }
        requests.ask();
    }

    private void introduce(Transfer transfer) {
        if (!transfer.introduced) {
            transfer.introduced = true;
            if (!transfer.download.present().isEmpty()) {
                ChunkSet present = transfer.download.present().copy();
                cluster.tell(supernode, () -> cluster.supernode().holds(this, transfer.blob, present));
            }
        }
    }

    /** Another host holds chunks too; shared by all who are told, so not to be changed. */
    void holds(Peering peering, int blob, ChunkSet chunks) {
        Transfer transfer = begun[blob];
        if (transfer != null && !transfer.ended && !peering.closed) {
            transfer.download.holds(peering.neighbour, chunks);
            requests.askIfRoom();
        }
    }

    // Wants

    @Override
    void wanted(Want want) {
        Transfer transfer = begun[want.transfer.blob];
        if (transfer == null || !transfer.download.present().contains(want.index)) {
            sender.busy(want, 10 * Pace.BUSY_MILLIS);
        } else {
            sender.want(want);
            impatience.wake(Pace.CALM_TICKS);
        }
    }

    /** An answer to {@code want} has come; answers whether it is still waited for. */
    private static boolean takeAnswer(Want want) {
        boolean live = want.live;
        want.live = false;
        if (live) {
            want.asker.requests.remove(want);
        }
        return live;
    }

    void busy(Want want, long millis) {
        if (!takeAnswer(want)) {
            return;
        }
        long untilNs = cluster.nowNs() + millis * MILLIS;
        if (want.chosen) {
            want.transfer.choices--;
            want.transfer.noChoiceUntilNs = untilNs;
        } else {
            want.transfer.download.refused(want.asker.neighbour, want.index);
            want.asker.neighbour.block(untilNs);
        }
        requests.ask();
    }

    /** The supernode has just sent the chunk to others. */
    void later(Want want) {
        if (!takeAnswer(want)) {
            return;
        }
        Download download = want.transfer.download;
        download.refused(want.asker.neighbour, want.index);
        long untilNs = cluster.nowNs() + Spreading.LATER_MILLIS * MILLIS;
        download.spreads(want.index, untilNs);
        cluster.timeline().at(untilNs, requests::ask);
        requests.ask();
    }

    void received(Want want) {
        Transfer transfer = want.transfer;
        if (!takeAnswer(want)) {
            cluster.counters().duplicateBytes += transfer.lengthOf(want.index);
            return;
        }
        if (want.chosen) {
            transfer.choices--;
            if (!transfer.download.isAskable(want.index)) {
                // The supernode tells the entry before the chunk that it verifies.
                ChunkSet entry = ChunkSet.of(transfer.download.present().size(), want.index);
                transfer.download.askable(entry, cluster.nowNs());
                transfer.download.holds(want.asker.neighbour, entry);
            }
        }
        long nowNs = cluster.nowNs();
        sample.first(nowNs);
        long latencyNs = transfer.download.received(want.asker.neighbour, want.index, nowNs);
        if (latencyNs < 0 || transfer.ended) {
            cluster.counters().duplicateBytes += transfer.lengthOf(want.index);
            requests.ask();
            return;
        }
        requests.answered(transfer, want.index, want.chosen, latencyNs);
        transfer.verifying++;
        requests.ask();
        want.verify(hashed(transfer.lengthOf(want.index)));
    }

    /** When {@code bytes} that came now are hashed, by as many cores as there are. */
    long hashed(long bytes) {
        Costs costs = cluster.costs();
        double ns = bytes * 1e9 / costs.hashBytesPerSecond();
        double beginNs = Math.max(cluster.nowNs(), hashFreeAtNs);
        hashFreeAtNs = beginNs + ns / costs.hashCores();
        return (long) (beginNs + ns);
    }

    void verified(Want want) {
        arrived(want.transfer, want.index, want.asker.other instanceof Supernode);
        want.transfer.verifying--;
        requests.askIfHeldBack();
    }

    /**
     * A chunk is usable.
     *
     * @param fresh whether it came from where no other host had it before
     */
    void arrived(Transfer transfer, int index, boolean fresh) {
        if (transfer.download.present().contains(index)) {
            return;
        }
        transfer.download.arrived(index);
        lastArrivalNs = cluster.nowNs();
        transfer.lastArrivalNs = lastArrivalNs;
        announcements.add(transfer, index, fresh);
        boolean complete = transfer.download.isComplete() && !transfer.ended;
        if (complete) {
            release(transfer);
        }
        work.arrived(this, transfer, index);
        if (complete) {
            work.completed(this, transfer);
        }
    }

    private void release(Transfer transfer) {
        transfer.ended = true;
        transfers.remove(transfer);
        requests.demandsChanged();
        long bit = 1L << transfer.blob;
        for (Peering peering : peerings) {
            transfer.download.leave(peering.neighbour);
            peering.requests.removeIf(want -> {
                boolean mine = want.transfer == transfer;
                want.live &= !mine;
                return mine;
            });
            if (peering == supernode) {
                cluster.tell(peering, () -> cluster.supernode().close(this, transfer.blob));
            } else if ((peering.opened & bit) != 0) {
                peering.opened &= ~bit;
                cluster.tell(peering, () -> ((Host) peering.other).closed(peering.reverse, transfer.blob));
            }
        }
    }
}
