package io.lighterage.bench.sim;

import io.lighterage.peer.content.Priority;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Every host pulls the whole image, all at once or batch after batch. */
final class PullWork implements HostWork {
    private final Setting setting;
    private final Load.MassPull load;
    private final int[] layersBegun;
    private final int[] layersLeft;
    private Cluster cluster;
    private RandomGenerator random;
    private int hostsBegun;
    private int hostsUnderWay;
    private int hostsLeft;

    PullWork(Setting setting, Load.MassPull load) {
        this.setting = setting;
        this.load = load;
        int hosts = setting.datacenter().hosts();
        this.hostsLeft = hosts;
        this.layersBegun = new int[hosts];
        this.layersLeft = new int[hosts];
        Arrays.fill(layersLeft, setting.image().layers());
    }

    void begin(Cluster cluster) {
        this.cluster = cluster;
        this.random = cluster.newRandom();
        beginBatch();
    }

    private void beginBatch() {
        List<Host> hosts = cluster.hosts();
        int end = load.batch() == 0 ? hosts.size() : Math.min(hosts.size(), hostsBegun + load.batch());
        for (; hostsBegun < end; hostsBegun++) {
            Host host = hosts.get(hostsBegun);
            if (!host.alive) {
                continue;
            }
            hostsUnderWay++;
            long inNs = load.spreadNs() == 0 ? 0 : random.nextLong(load.spreadNs());
            cluster.timeline().at(cluster.nowNs() + inNs, () -> begin(host));
        }
    }

    private void begin(Host host) {
        if (host.alive) {
            host.sample().beginNs = cluster.nowNs();
            for (int i = 0; i < Math.min(load.parallel(), setting.image().layers()); i++) {
                host.open(layersBegun[host.number]++);
            }
        }
    }

    @Override
    public void begun(Host host, Transfer transfer) {
        host.demand(transfer, 0, transfer.download.present().size(), Priority.PREFETCH);
    }

    @Override
    public void arrived(Host host, Transfer transfer, int index) {
        // Only whole layers matter.
    }

    @Override
    public void completed(Host host, Transfer transfer) {
        if (layersBegun[host.number] < setting.image().layers()) {
            host.open(layersBegun[host.number]++);
        }
        if (--layersLeft[host.number] == 0) {
            host.sample().doneNs = cluster.nowNs();
            ended();
        }
    }

    @Override
    public void failed(Host host) {
        if (layersLeft[host.number] > 0) {
            if (host.number < hostsBegun) {
                ended();
            } else {
                hostsLeft--;
            }
        }
    }

    private void ended() {
        hostsLeft--;
        if (--hostsUnderWay == 0 && hostsBegun < setting.datacenter().hosts()) {
            beginBatch();
        }
    }

    @Override
    public boolean isDone() {
        return hostsLeft == 0;
    }
}
