package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A supernode and nodes that fetch one blob, with a clock of their own. In a round every host starts what its queue lets
 * it, and everything that was started arrives, or is lost: on the way (nobody answers), or as wrong bytes.
 */
final class Crowd {
    private static final long ROUND_NS = 50_000_000;
    private static final long STALL_NS = 3_000_000_000L;
    private static final int SUPERNODE = -1;
    private static final int ANY = -1;
    private static final int CHOICES = 4;

    private static final class Want {
        final Node from;
        final int index;

        Want(Node from, int index) {
            this.from = from;
            this.index = index;
        }
    }

    private record Sent(int from, Want want, int index) {}

    private final class Node {
        final int id;
        final Map<Integer, Neighbour> neighbours = new HashMap<>();
        final Neighbourhood neighbourhood = new Neighbourhood();
        final UploadQueue<Integer, Want> uploads = new UploadQueue<>(4, 24);
        final DownloadScheduler scheduler = new DownloadScheduler(
                DownloadScheduler.Limits.DEFAULT, neighbourhood, random.split());
        final Download download;
        int choices;
        long lastArrivalNs;

        Node(int id) {
            this.id = id;
            this.download = new Download(
                    Digest.of(new byte[0]), 256 << 10, new ChunkSet(chunks), new ChunkSet(chunks), 0);
            download.demand(0, chunks, Priority.PREFETCH);
        }

        Neighbour neighbour(int host) {
            return neighbours.computeIfAbsent(host, h ->
                    neighbourhood.join(new Neighbour(h, Distance.FAR, h == SUPERNODE)));
        }

        void ask() {
            while (choices < CHOICES && choices < download.missingCount()
                    && giveOut.park(id, "blob", new Want(this, ANY))) {
                choices++;
            }
            scheduler.late(download, nowNs).forEach(this::send);
            if (nowNs - lastArrivalNs > STALL_NS && !download.isComplete()) {
                download.overdue(nowNs - 4 * STALL_NS).forEach(index ->
                        download.askedOf(index).forEach(silent -> download.refused(silent, index)));
                scheduler.stalled(download, nowNs).ifPresent(this::send);
            }
            for (var ask = scheduler.next(List.of(download), nowNs);
                    ask.isPresent();
                    ask = scheduler.next(List.of(download), nowNs)) {
                send(ask.get());
            }
        }

        void send(DownloadScheduler.Ask ask) {
            int host = (int) ask.neighbour().id();
            boolean giving = host == SUPERNODE && ask.priority() != Priority.ON_DEMAND
                    && (giveOut.hasGifts() || !supernode.hasFreeSlot(nowNs));
            var queue = host == SUPERNODE ? supernode : nodes.get(host).uploads;
            if (giving || !queue.offer(id, new Want(this, ask.index()), ask.priority(), ask.index(), ask.has(), nowNs)) {
                download.refused(ask.neighbour(), ask.index());
                ask.neighbour().block(nowNs + (host == SUPERNODE ? 4 : 1) * ROUND_NS);
            }
        }

        void receive(Sent chunk, boolean wrong) {
            if (download.received(neighbour(chunk.from), chunk.index, nowNs) < 0) {
                return;
            }
            for (Neighbour late : download.askedOf(chunk.index)) {
                int host = (int) late.id();
                var queue = host == SUPERNODE ? supernode : nodes.get(host).uploads;
                queue.cancelIf(id, want -> want.index == chunk.index);
                download.refused(late, chunk.index);
            }
            if (wrong) {
                download.lost(chunk.index);
                return;
            }
            download.arrived(chunk.index);
            lastArrivalNs = nowNs;
            ChunkSet shown = ChunkSet.of(chunks, chunk.index);
            giveOut.holds(id, "blob", shown, nowNs);
            nodes.stream().filter(other -> other != this)
                    .forEach(other -> other.download.holds(other.neighbour(id), shown));
        }
    }

    final int[] given;
    final List<Integer> gifts = new ArrayList<>();
    private final int chunks;
    private final int chunksARound;
    private final int percentLost;
    private final SplittableRandom random;
    private final GiveOut<Integer, String, Want> giveOut = new GiveOut<>(5_000_000_000L);
    private final UploadQueue<Integer, Want> supernode = new UploadQueue<>(4, 64);
    private final List<Node> nodes;
    private int arrived;
    private long nowNs;

    /**
     * @param chunksARound how many chunks come from upstream in a round
     * @param percentLost of all transfers
     */
    Crowd(int nodes, int chunks, int chunksARound, int percentLost, long seed) {
        this.chunks = chunks;
        this.chunksARound = chunksARound;
        this.percentLost = percentLost;
        this.random = new SplittableRandom(seed);
        this.given = new int[chunks];
        this.nodes = IntStream.range(0, nodes).mapToObj(Node::new).toList();
        giveOut.usable("blob", new ChunkSet(chunks));
    }

    /** Runs until everybody is complete, at most so many rounds. */
    void run(int mostRounds) {
        for (int round = 0; round < mostRounds && !unfinished().isEmpty(); round++) {
            nowNs += ROUND_NS;
            fromUpstream();
            giveOut.expire(nowNs);
            nodes.stream().filter(node -> !node.download.isComplete()).forEach(Node::ask);
            List<Sent> sent = new ArrayList<>();
            sendFromSupernode(sent);
            nodes.forEach(node -> sendFrom(node, sent));
            sent.forEach(this::deliver);
        }
        IntStream.of(given).forEach(gifts::add);
    }

    /** The nodes that are not complete. */
    List<Integer> unfinished() {
        return nodes.stream().filter(node -> !node.download.isComplete()).map(node -> node.id).toList();
    }

    /** Chunks that nodes count as asked for, all together. */
    int outstanding() {
        return nodes.stream().flatMap(node -> node.neighbours.values().stream()).mapToInt(Neighbour::outstanding).sum();
    }

    private void fromUpstream() {
        for (int i = 0; i < chunksARound && arrived < chunks; i++, arrived++) {
            ChunkSet entry = ChunkSet.of(chunks, arrived);
            giveOut.usable("blob", chunks, arrived);
            for (Node node : nodes) {
                node.download.askable(entry, nowNs);
                node.download.holds(node.neighbour(SUPERNODE), entry);
            }
        }
    }

    private void sendFromSupernode(List<Sent> sent) {
        while (supernode.hasFreeSlot(nowNs)) {
            Optional<Want> urgent = supernode.next(Priority.ON_DEMAND, nowNs);
            if (urgent.isPresent()) {
                sent.add(new Sent(SUPERNODE, urgent.get(), urgent.get().index));
                continue;
            }
            var gift = giveOut.next(supernode::load, 4, nowNs);
            if (gift.isPresent()) {
                supernode.start(gift.get().peer(), gift.get().want(), nowNs);
                given[gift.get().index()]++;
                sent.add(new Sent(SUPERNODE, gift.get().want(), gift.get().index()));
                continue;
            }
            Optional<Want> other = supernode.next(nowNs);
            if (other.isEmpty()) {
                return;
            }
            sent.add(new Sent(SUPERNODE, other.get(), other.get().index));
        }
    }

    private void sendFrom(Node node, List<Sent> sent) {
        for (var next = node.uploads.next(nowNs); next.isPresent(); next = node.uploads.next(nowNs)) {
            sent.add(new Sent(node.id, next.get(), next.get().index));
        }
    }

    private void deliver(Sent chunk) {
        (chunk.from == SUPERNODE ? supernode : nodes.get(chunk.from).uploads).done(chunk.want, nowNs);
        boolean lost = random.nextInt(100) < percentLost;
        boolean wrong = random.nextBoolean();
        if (chunk.want.index == ANY) {
            chunk.want.from.choices--;
        } else if (lost && !wrong) {
            return;
        }
        chunk.want.from.receive(chunk, lost);
    }
}
