package io.lighterage.bench.sim;

import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Download;
import io.lighterage.peer.swarm.DownloadScheduler;
import io.lighterage.peer.swarm.Neighbour;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The wants of a host: what {@link DownloadScheduler} decides, carried out as {@code peer.exchange.Requests} does. */
final class Requests {
    private static final DownloadScheduler.Limits LIMITS = DownloadScheduler.Limits.DEFAULT;

    /** What the supernode may choose to send at once, over all blobs. */
    private static final int CHOICE_BYTES = 4 << 20;

    private final Host host;
    private final DownloadScheduler scheduler;
    private final List<Download> wanting = new ArrayList<>(1);
    private boolean heldBack;

    Requests(Host host) {
        this.host = host;
        this.scheduler = new DownloadScheduler(LIMITS, host.neighbourhood, host.cluster.newRandom());
    }

    /** What is wanted at all has changed. */
    void demandsChanged() {
        wanting.clear();
        for (Transfer transfer : host.transfers()) {
            if (transfer.download.hasDemands()) {
                wanting.add(transfer.download);
            }
        }
    }

    void askIfHeldBack() {
        if (heldBack) {
            ask();
        }
    }

    void askIfRoom() {
        if (!scheduler.isFull(wanting, host.cluster.nowNs())) {
            ask();
        }
    }

    void ask() {
        long nowNs = host.cluster.nowNs();
        long verifyingBytes = 0;
        for (Transfer transfer : host.transfers()) {
            verifyingBytes += (long) transfer.verifying * transfer.download.chunkLength();
        }
        heldBack = verifyingBytes >= LIMITS.outstandingBytes();
        if (heldBack || wanting.isEmpty()) {
            return;
        }
        askForChoices(nowNs);
        Optional<DownloadScheduler.Ask> ask = scheduler.next(wanting, nowNs);
        while (ask.isPresent()) {
            send(ask.get());
            ask = scheduler.next(wanting, nowNs);
        }
    }

    private void askForChoices(long nowNs) {
        if (host.supernode == null) {
            return;
        }
        int all = 0;
        for (Transfer transfer : host.transfers()) {
            all += transfer.choices;
        }
        for (Transfer transfer : host.transfers()) {
            if (transfer.introduced && nowNs >= transfer.noChoiceUntilNs && transfer.download.wantsTheRest()) {
                all += askForChoices(transfer, all);
            }
        }
    }

    private int askForChoices(Transfer transfer, int outstanding) {
        int all = outstanding;
        int most = Math.max(2, CHOICE_BYTES / transfer.download.chunkLength());
        int missing = transfer.download.missingCount();
        while (transfer.choices < missing && (transfer.choices == 0 || all < most)) {
            all++;
            register(new Want(host.supernode, transfer, Want.ANY, Priority.PREFETCH, 0));
            transfer.choices++;
        }
        return all - outstanding;
    }

    private void send(DownloadScheduler.Ask ask) {
        Peering peering = (Peering) ask.neighbour().id();
        register(new Want(peering, host.transferOf(ask.download()), ask.index(), ask.priority(), ask.has()));
    }

    private static void register(Want want) {
        want.asker.requests.add(want);
        want.send();
    }

    void answered(Transfer transfer, int index, boolean chosen, long latencyNs) {
        scheduler.received((int) transfer.lengthOf(index), host.cluster.nowNs());
        if (!chosen) {
            scheduler.answered(latencyNs);
        }
        takeBack(transfer, index);
    }

    boolean isSlow() {
        return scheduler.isSlow();
    }

    void hedge(Transfer transfer, long nowNs) {
        for (DownloadScheduler.Ask ask : scheduler.late(transfer.download, nowNs)) {
            host.cluster.counters().hedges++;
            send(ask);
        }
    }

    void insist(Transfer transfer, long nowNs) {
        scheduler.stalled(transfer.download, nowNs).ifPresent(this::send);
    }

    void giveUp(Transfer transfer, List<Integer> overdue) {
        overdue.forEach(index -> takeBack(transfer, index));
    }

    private void takeBack(Transfer transfer, int index) {
        for (Neighbour asked : transfer.download.askedOf(index)) {
            cancel((Peering) asked.id(), transfer, index);
        }
    }

    private void cancel(Peering peering, Transfer transfer, int index) {
        for (Want want : List.copyOf(peering.requests)) {
            if (want.transfer == transfer && !want.chosen && want.index == index) {
                peering.requests.remove(want);
                want.live = false;
                transfer.download.refused(peering.neighbour, index);
                host.cluster.tell(peering, () -> peering.other.sender().forget(peering.reverse, w -> w == want));
            }
        }
    }
}
