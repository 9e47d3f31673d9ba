package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Event;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Demand;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.random.RandomGenerator;

/** Containers start on every host, each reading its trace of a device that is filled as it is read. */
final class StartWork implements HostWork {
    private static final int METADATA = -1;
    private static final int WINDOW_BYTES = 8 << 20;

    /** Of a trace, as nodes have it. */
    private static final int MOST_AHEAD_BYTES = 64 << 20;

    private static final long YIELD_NS = 5_000_000;

    private final Setting setting;
    private final Load.ColdStart load;
    private final List<Trace.Read> reads;
    private final long[] startedNs;
    private final Node[] nodes;
    private Cluster cluster;
    private int left;

    StartWork(Setting setting, Load.ColdStart load) {
        this.setting = setting;
        this.load = load;
        this.reads = load.trace().reads();
        this.left = load.containers();
        this.startedNs = new long[load.containers()];
        Arrays.fill(startedNs, -1);
        this.nodes = new Node[setting.datacenter().hosts()];
    }

    /** When each container had started, -1 for never. */
    long[] startedNs() {
        return startedNs;
    }

    void begin(Cluster cluster) {
        this.cluster = cluster;
        RandomGenerator random = cluster.newRandom();
        for (int i = 0; i < load.containers(); i++) {
            int container = i;
            Host host = cluster.hosts().get(i % nodes.length);
            long inNs = load.spreadNs() == 0 ? 0 : random.nextLong(load.spreadNs());
            cluster.timeline().at(inNs, () -> begin(host, container));
        }
    }

    private void begin(Host host, int container) {
        if (!host.alive) {
            left--;
            return;
        }
        if (nodes[host.number] == null) {
            nodes[host.number] = new Node(host);
            host.sample().beginNs = cluster.nowNs();
            host.open(0);
        }
        nodes[host.number].begin(container);
    }

    @Override
    public void begun(Host host, Transfer transfer) {
        nodes[host.number].begun(transfer);
    }

    @Override
    public void arrived(Host host, Transfer transfer, int index) {
        nodes[host.number].arrived(index);
    }

    @Override
    public void completed(Host host, Transfer transfer) {
        // Containers may still work.
    }

    @Override
    public void failed(Host host) {
        if (nodes[host.number] != null) {
            left -= nodes[host.number].running;
        }
    }

    @Override
    public boolean isDone() {
        return left == 0;
    }

    /** A host's device and the containers that read it. */
    private final class Node {
        final Host host;
        final Map<Integer, Blocked> blocked = new HashMap<>();
        final Queue<int[]> ahead = new ArrayDeque<>();
        final List<Wish> aheadNow = new ArrayList<>();
        final Queue<Integer> early = new ArrayDeque<>();
        Transfer transfer;
        Wish background;
        int running;
        int chunksAhead;

        Node(Host host) {
            this.host = host;
        }

        void begin(int container) {
            running++;
            if (transfer == null) {
                early.add(container);
            } else {
                read(container, METADATA);
            }
        }

        void begun(Transfer transfer) {
            this.transfer = transfer;
            early.forEach(container -> read(container, METADATA));
            if (load.ahead()) {
                reads.forEach(read -> ahead.add(chunks(read.offset(), read.length())));
                fetchAhead();
            }
            if (load.background()) {
                pull();
            }
        }

        private int[] chunks(long offset, long length) {
            int chunk = setting.image().chunkBytes();
            return new int[] {(int) (offset / chunk), (int) ((offset + length - 1) / chunk) + 1};
        }

        /** A container reads what its trace says, until it has to wait. */
        private void read(int container, int number) {
            int[] range = number != METADATA
                    ? chunks(reads.get(number).offset(), reads.get(number).length())
                    : load.metadataBytes() == 0 ? new int[] {0, 0} : chunks(0, load.metadataBytes());
            if (isHere(range)) {
                goOn(container, number);
            } else {
                // The kernel reads a page once, however many ask for it.
                blocked.computeIfAbsent(number, n -> new Blocked(new Wish(range, Priority.ON_DEMAND))).containers
                        .add(container);
            }
        }

        private boolean isHere(int[] range) {
            return transfer.download.present().nextMissing(range[0]) >= range[1];
        }

        private void goOn(int container, int number) {
            if (number + 1 < reads.size()) {
                long thinkNs = number == METADATA ? 0 : reads.get(number).thinkNs();
                cluster.timeline().at(cluster.nowNs() + thinkNs, () -> {
                    if (host.alive) {
                        read(container, number + 1);
                    }
                });
            } else {
                startedNs[container] = cluster.nowNs();
                running--;
                left--;
                host.sample().doneNs = cluster.nowNs();
            }
        }

        void arrived(int index) {
            for (Map.Entry<Integer, Blocked> entry : List.copyOf(blocked.entrySet())) {
                Wish wish = entry.getValue().wish;
                if (index >= wish.range[0] && index < wish.range[1] && isHere(wish.range)) {
                    blocked.remove(entry.getKey());
                    wish.end();
                    entry.getValue().containers.forEach(container -> goOn(container, entry.getKey()));
                }
            }
            fetchAhead();
        }

        private void fetchAhead() {
            aheadNow.removeIf(wish -> {
                boolean here = isHere(wish.range);
                if (here) {
                    wish.end();
                    chunksAhead -= wish.chunks();
                }
                return here;
            });
            while (chunksAhead < MOST_AHEAD_BYTES / setting.image().chunkBytes() && !ahead.isEmpty()) {
                int[] range = ahead.remove();
                if (!isHere(range)) {
                    Wish wish = new Wish(range, Priority.PREFETCH);
                    aheadNow.add(wish);
                    chunksAhead += wish.chunks();
                }
            }
        }

        /** Pulls the rest, a window at a time, and nothing while a read is blocked. */
        private void pull() {
            if (!host.alive || transfer.ended) {
                return;
            }
            if (background != null && (!blocked.isEmpty() || isHere(background.range))) {
                background.end();
                background = null;
            }
            if (background == null && blocked.isEmpty()) {
                ChunkSet present = transfer.download.present();
                int first = present.nextMissing(0);
                int end = Math.min(present.size(), first + WINDOW_BYTES / setting.image().chunkBytes());
                background = new Wish(new int[] {first, end}, Priority.BACKGROUND);
            }
            cluster.after(new Event() {
                @Override
                protected void happen() {
                    pull();
                }
            }, YIELD_NS);
        }

        /** Chunks that the host is to fetch. */
        private final class Wish {
            final int[] range;
            private final Demand demand;

            Wish(int[] range, Priority priority) {
                this.range = range;
                this.demand = host.demand(transfer, range[0], range[1], priority);
            }

            int chunks() {
                return range[1] - range[0];
            }

            void end() {
                host.end(transfer, demand);
            }
        }

        /** A read for which something is missing, and who waits for it. */
        private final class Blocked {
            final Wish wish;
            final List<Integer> containers = new ArrayList<>(1);

            Blocked(Wish wish) {
                this.wish = wish;
            }
        }
    }
}
