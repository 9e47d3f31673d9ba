package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Link;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.GiveOut;
import io.lighterage.peer.swarm.Introductions;
import io.lighterage.peer.swarm.Pace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;

/** The simulated supernode: the counterpart of {@code supernode.tracker}, decision for decision. */
final class Supernode extends Endpoint implements Sender.Chooser {
    private static final int LONGEST_QUEUE = 1024;
    private static final int ENTRY_BYTES = 32;
    private static final long MILLIS = 1_000_000;

    /** A blob as the supernode has it. */
    private static final class Session {
        final ChunkSet usable;
        final Map<Host, Long> subscribers = new LinkedHashMap<>();

        /** Hosts that hold or fetch it. */
        final Introductions<Host> crowd;

        ChunkSet unsent;

        Session(int chunks, RandomGenerator random) {
            crowd = new Introductions<>(random);
            usable = new ChunkSet(chunks);
            unsent = new ChunkSet(chunks);
        }
    }

    private final Sender sender;
    private final GiveOut<Peering, Integer, Want> giveOut = new GiveOut<>(Pace.SHOW_PATIENCE_MILLIS * MILLIS);
    private final Session[] sessions;
    private final Ingest ingest;
    private double openFreeAtNs;

    Supernode(Cluster cluster, Link up, Link down) {
        super(cluster, -1, NO_RACK, 0, up, down);
        Setting setting = cluster.setting();
        this.sender = new Sender(this, setting.datacenter().supernodeSlots(), LONGEST_QUEUE, Optional.of(this));
        RandomGenerator random = cluster.newRandom();
        this.sessions = new Session[setting.image().layers()];
        for (int i = 0; i < sessions.length; i++) {
            sessions[i] = new Session(setting.image().chunksOfLayer(), random);
            giveOut.usable(i, sessions[i].usable);
        }
        this.ingest = new Ingest(this);
        if (setting.image().preheated()) {
            for (int blob = 0; blob < sessions.length; blob++) {
                sessions[blob].usable.addAll(ChunkSet.full(setting.image().chunksOfLayer()));
                giveOut.usable(blob, sessions[blob].usable);
            }
        }
        every(Pace.FLUSH_MILLIS, this::flush);
        every(Pace.SWEEP_MILLIS, () -> {
            giveOut.expire(cluster.nowNs());
            sender.pump();
        });
    }

    private void every(long millis, Runnable task) {
        cluster.timeline().at(cluster.nowNs() + millis * MILLIS, () -> {
            if (alive) {
                task.run();
                every(millis, task);
            }
        });
    }

    @Override
    Sender sender() {
        return sender;
    }

    /** A host asks about a blob; it is answered when those who came before are. */
    void open(Host host, int blob, boolean table) {
        if (!alive) {
            return;
        }
        openFreeAtNs = Math.max(cluster.nowNs(), openFreeAtNs) + cluster.costs().openNs();
        cluster.timeline().at((long) openFreeAtNs, () -> answer(host, blob, table));
    }

    private void answer(Host host, int blob, boolean table) {
        if (!alive || !host.alive || host.supernode == null) {
            return;
        }
        Session session = sessions[blob];
        if (!session.usable.isFull()) {
            ingest.begin(blob);
        }
        flush(session, blob);
        join(blob, host);
        Long sinceNs = session.subscribers.putIfAbsent(host, cluster.nowNs());
        boolean starves = table && sinceNs != null && cluster.nowNs() - sinceNs > Pace.STARVED_MILLIS * MILLIS;
        Introductions.Told<Host> proposed = starves ? session.crowd.toldAfar(host) : session.crowd.told(host);
        if (sinceNs == null || table) {
            ChunkSet known = session.usable.copy();
            tell(host, blob, known, (double) ENTRY_BYTES * known.count() >= 4096, () -> host.proposed(blob, proposed));
        }
    }

    private void join(int blob, Host host) {
        tellAnew(blob, sessions[blob].crowd.join(host, "zone" + host.zone, "rack" + host.rack, true));
    }

    /** What these hosts have to bring into their racks has changed. */
    private void tellAnew(int blob, List<Host> hosts) {
        for (Host host : hosts) {
            if (sessions[blob].subscribers.containsKey(host) && host.supernode != null) {
                Introductions.Told<Host> proposed = sessions[blob].crowd.toldAnew(host);
                        cluster.tell(host.supernode.reverse, () -> host.proposed(blob, proposed));
            }
        }
    }

    private void tell(Host host, int blob, ChunkSet entries, boolean asFlow, Runnable then) {
        double bytes = 48 + (double) ENTRY_BYTES * entries.count();
        cluster.counters().controlBytes += bytes;
        Peering peering = host.supernode == null ? null : host.supernode.reverse;
        if (peering == null) {
            return;
        }
        Runnable arrive = () -> {
            host.learned(blob, entries);
            then.run();
        };
        if (asFlow) {
            cluster.start(new Message(cluster, peering, arrive), peering.path, bytes);
        } else {
            cluster.tell(peering, arrive);
        }
    }

    /** A chunk came from upstream. */
    void ingested(int blob, int index) {
        Session session = sessions[blob];
        session.usable.add(index);
        session.unsent.add(index);
        giveOut.usable(blob, session.usable.size(), index);
        sender.pump();
    }

    private void flush() {
        for (int blob = 0; blob < sessions.length; blob++) {
            flush(sessions[blob], blob);
        }
    }

    private void flush(Session session, int blob) {
        if (session.unsent.isEmpty()) {
            return;
        }
        ChunkSet entries = session.unsent;
        session.unsent = new ChunkSet(entries.size());
        boolean asFlow = (double) session.subscribers.size() * entries.count() * ENTRY_BYTES >= 1 << 20;
        for (Host host : session.subscribers.keySet()) {
            tell(host, blob, entries, asFlow, () -> {});
        }
    }

    void holds(Host host, int blob, ChunkSet chunks) {
        if (alive && host.supernode != null) {
            join(blob, host);
            giveOut.holds(host.supernode.reverse, blob, chunks, cluster.nowNs());
        }
    }

    void close(Host host, int blob) {
        if (alive && host.supernode != null) {
            Peering peering = host.supernode.reverse;
            sessions[blob].subscribers.remove(host);
            giveOut.close(peering, blob);
            sender.forget(peering, want -> want.transfer.blob == blob);
        }
    }

    void left(Peering peering) {
        Host host = (Host) peering.other;
        for (int blob = 0; blob < sessions.length; blob++) {
            Session session = sessions[blob];
            session.subscribers.remove(host);
            tellAnew(blob, session.crowd.leave(host));
        }
        giveOut.leave(peering);
        sender.leave(peering);
    }

    @Override
    void wanted(Want want) {
        if (want.chosen) {
            giveOut.park(want.asker.reverse, want.transfer.blob, want);
            sender.pump();
        } else if (sessions[want.transfer.blob].usable.contains(want.index)) {
            sender.want(want);
        } else {
            sender.busy(want, 10 * Pace.BUSY_MILLIS);
        }
    }

    @Override
    public Optional<Want> next(ToIntFunction<Peering> load, int most, long nowNs) {
        return giveOut.next(load, most, nowNs).map(gift -> {
            gift.want().index = gift.index();
            return gift.want();
        });
    }

    @Override
    public boolean isOnItsWay(Want want, long nowNs) {
        return giveOut.isOnItsWay(want.asker.reverse, want.transfer.blob, want.index, nowNs);
    }

    @Override
    public boolean hasWork() {
        return giveOut.hasGifts();
    }
}
