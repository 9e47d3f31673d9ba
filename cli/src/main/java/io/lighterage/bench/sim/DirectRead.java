package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Flow;
import io.lighterage.bench.flow.Link;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.Pace;

/** A host's reading of the registry, run after run of missing chunks: the counterpart of {@code peer.exchange.DirectReader}. */
final class DirectRead extends Flow {
    private final Host host;
    private final Transfer transfer;
    private final Link[] path;
    private int index;
    private int end;

    DirectRead(Host host, Transfer transfer) {
        this.host = host;
        this.transfer = transfer;
        this.path = host.cluster.fromUpstream(host);
    }

    /** Reserves the next run and asks for it, or ends. */
    void next() {
        int first = transfer.download.firstMissing();
        if (transfer.ended || !host.alive || first < 0 || host.supernode != null && !transfer.starved) {
            transfer.direct = false;
            return;
        }
        int most = Math.max(1, Pace.DIRECT_RUN_BYTES / transfer.download.chunkLength());
        index = first;
        end = first + transfer.download.missingRun(first, most);
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
