package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Flow;
import io.lighterage.bench.flow.Link;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.DirectShare;
import java.util.Optional;

/** A host's reading of the registry, run after run of missing chunks: the counterpart of {@code peer.exchange.DirectReader}. */
final class DirectRead extends Flow {
    private final Host host;
    private final Transfer transfer;
    private final DirectShare share;
    private final Link[] path;
    private int index;
    private int end;
    private long sinceNs;
    private long lastRunNs;

    DirectRead(Host host, Transfer transfer, DirectShare share) {
        this.share = share;
        this.host = host;
        this.transfer = transfer;
        this.path = host.cluster.fromUpstream(host);
    }

    /** Pauses, reserves the next run and asks for it, or ends. */
    void next() {
        long pauseNs = share.pauseNs(transfer.download, transfer.starved, lastRunNs);
        host.cluster.timeline().at(host.cluster.nowNs() + pauseNs, this::read);
    }

    private void read() {
        boolean needed = !transfer.ended && host.alive && (host.supernode == null || transfer.starved);
        Optional<DirectShare.Run> run =
                needed ? share.next(transfer.download, transfer.starved) : Optional.empty();
        transfer.direct = run.isPresent();
        if (run.isEmpty()) {
            return;
        }
        sinceNs = host.cluster.nowNs();
        index = run.get().first();
        end = index + run.get().count();
        for (int i = index; i < end; i++) {
            transfer.download.reserve(i, host.cluster.nowNs());
        }
        host.cluster.after(this, 2 * host.cluster.costs().upstreamNs());
    }

    @Override
    protected void due() {
        if (host.alive) {
            host.cluster.start(this, path, transfer.lengthOf(index));
        }
    }

    @Override
    protected void finished() {
        long bytes = transfer.lengthOf(index);
        host.cluster.counters().upstreamSent += bytes;
        host.cluster.counters().upstreamToNodes += bytes;
        if (!host.alive) {
            return;
        }
        int read = index++;
        host.sample().first(host.cluster.nowNs());
        host.cluster.timeline().at(host.hashed(bytes), () -> stored(read));
        if (index < end) {
            host.cluster.start(this, path, transfer.lengthOf(index));
        } else {
            lastRunNs = host.cluster.nowNs() - sinceNs;
            next();
        }
    }

    private void stored(int read) {
        if (host.alive && !transfer.ended) {
            transfer.download.askable(ChunkSet.of(transfer.download.present().size(), read), host.cluster.nowNs());
            host.arrived(transfer, read, true);
        }
    }
}
