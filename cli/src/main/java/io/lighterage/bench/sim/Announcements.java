package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Event;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.NewsPace;
import java.util.ArrayList;
import java.util.List;

/** What a simulated node holds and has not told others yet: the counterpart of {@code peer.exchange.Arrivals}. */
final class Announcements {
    private final Host host;
    private final Cluster cluster;
    private final NewsPace pace = new NewsPace(0);
    private final List<Transfer> newsy = new ArrayList<>(1);
    private long dueNs;

    private final Event due = new Event() {
        @Override
        protected void happen() {
            announce();
        }
    };

    Announcements(Host host, Cluster cluster) {
        this.host = host;
        this.cluster = cluster;
    }

    /**
     * Chunk {@code index} of {@code transfer} is here now.
     *
     * @param fresh whether it came from where no other host had it before
     */
    void add(Transfer transfer, int index, boolean fresh) {
        if (transfer.news == null) {
            transfer.news = new ChunkSet(transfer.download.present().size());
            newsy.add(transfer);
        }
        transfer.news.add(index);
        long nowNs = cluster.nowNs();
        long waitNs = pace.waitNs(transfer.news.count(), fresh, host.peerings.size(), nowNs);
        if (!due.isScheduled() || nowNs + waitNs < dueNs) {
            dueNs = nowNs + waitNs;
            cluster.timeline().schedule(due, dueNs);
        }
    }

    private void announce() {
        pace.told(cluster.nowNs());
        for (Transfer transfer : newsy) {
            ChunkSet chunks = transfer.news;
            transfer.news = null;
            long bit = 1L << transfer.blob;
            for (Peering peering : host.peerings) {
                if (peering == host.supernode) {
                    cluster.tell(peering, () -> cluster.supernode().holds(host, transfer.blob, chunks));
                } else if ((peering.interested & bit) != 0 && !transfer.download.isHeldBy(peering.neighbour, chunks)) {
                    cluster.after(new News(peering, transfer.blob, chunks), peering.latencyNs);
                }
            }
            cluster.counters().controlBytes += (double) News.bytes(chunks) * host.peerings.size();
        }
        newsy.clear();
    }
}
