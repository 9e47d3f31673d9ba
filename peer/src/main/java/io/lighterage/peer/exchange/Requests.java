package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Download;
import io.lighterage.peer.swarm.DownloadScheduler;
import io.lighterage.peer.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The wants that a node sends and takes back: what {@code peer.swarm} decides, carried out. Everything here runs
 * under the lock of {@link SwarmState}, whose links and transfers it reads.
 */
final class Requests {
    private final SwarmConfig config;
    private final SwarmCounters counters;
    private final DownloadScheduler scheduler;
    private final SwarmState state;
    private final Inquiries inquiries;
    private boolean heldBack;

    Requests(SwarmConfig config, SwarmCounters counters, SwarmState state, Inquiries inquiries) {
        this.inquiries = inquiries;
        this.config = config;
        this.counters = counters;
        this.scheduler = new DownloadScheduler(config.downloads(), state.neighbourhood, new SplittableRandom());
        this.state = state;
    }

    /** The same as {@link #ask}, if it sent less than it might because too much waits to be verified. */
    void askIfHeldBack() {
        if (heldBack) {
            ask();
        }
    }

    /** The same as {@link #ask} where all that changed is what neighbours hold: most news come while all of them are busy. */
    void askIfRoom() {
        List<Download> wanting = downloads();
        if (!scheduler.isFull(wanting, System.nanoTime())) {
            ask(wanting);
        }
    }

    private List<Download> downloads() {
        List<Download> wanting = new ArrayList<>(state.transfers.size());
        for (Transfer transfer : state.transfers.values()) {
            // What the supernode gives to everybody it has been asked for; it sends it as soon as it has it.
            boolean given = transfer.skipsSwarm() && transfer.choices > 0;
            if (transfer.download.hasDemands() && !given) {
                wanting.add(transfer.download);
            }
        }
        return wanting;
    }

    /** Sends every request that the scheduler wants to make now. */
    void ask() {
        ask(downloads());
    }

    private void ask(List<Download> wanting) {
        long nowNs = System.nanoTime();
        long verifyingBytes = 0;
        for (Transfer transfer : state.transfers.values()) {
            verifyingBytes += (long) transfer.verifying * transfer.download.chunkLength();
        }
        heldBack = verifyingBytes >= config.downloads().outstandingBytes();
        if (heldBack) {
            // A network that is faster than hashing and the disk must not fill the memory; each verified chunk asks again.
            return;
        }
        if (wanting.isEmpty()) {
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
        PeerLink link = state.supernode;
        if (link == null) {
            return;
        }
        int all = 0;
        for (Transfer transfer : state.transfers.values()) {
            all += transfer.choices;
        }
        for (Transfer transfer : state.transfers.values()) {
            if (transfer.introduced && nowNs >= transfer.noChoiceUntilNs
                    && (transfer.download.wantsTheRest() || transfer.skipsSwarm() && transfer.download.isWanting())) {
                all += askForChoices(transfer, link, all);
            }
        }
    }

    /** Every blob may have one choice outstanding; what all blobs have together is bounded. Answers how many it asked for. */
    private int askForChoices(Transfer transfer, PeerLink link, int outstanding) {
        int all = outstanding;
        int most = Math.max(2, config.choiceBytes() / transfer.download.chunkLength());
        int missing = transfer.download.missingCount();
        while (transfer.choices < missing && (transfer.choices == 0 || all < most)) {
            all++;
            int request = link.register(new PeerLink.Request(transfer, Frame.ANY));
            link.connection.send(new Frame.Want(request, transfer.digest(), Frame.ANY, Priority.PREFETCH));
            transfer.choices++;
        }
        return all - outstanding;
    }

    private void send(DownloadScheduler.Ask ask) {
        PeerLink link = (PeerLink) ask.neighbour().id();
        Transfer transfer = state.transfers.get(ask.download().digest());
        int request = link.register(new PeerLink.Request(transfer, ask.index()));
        if (transfer.relayed && !link.isSupernode()) {
            inquiries.relay(link, transfer, request);
        } else {
            link.connection.send(new Frame.Want(request, transfer.digest(), ask.index(), ask.priority(), ask.has()));
        }
    }

    /** A chunk came as an answer: what was asked for by index tells how fast answers are, and nobody else need answer. */
    void answered(Transfer transfer, int index, boolean chosen, long latencyNs, long nowNs) {
        scheduler.received(transfer.blob.info().lengthOf(index), nowNs);
        if (!chosen) {
            scheduler.answered(latencyNs);
        }
        takeBack(transfer, index);
    }

    /** Whether it is enough to look for late answers now and then, though a read may be blocked. */
    boolean isSlow() {
        return scheduler.isSlow();
    }

    /** Asks for late answers elsewhere. */
    void hedge(Transfer transfer, long nowNs) {
        scheduler.late(transfer.download, nowNs).forEach(ask -> {
            counters.hedge();
            send(ask);
        });
    }

    /** Insists at the supernode on the first chunk that is missing. */
    void insist(Transfer transfer, long nowNs) {
        scheduler.stalled(transfer.download, nowNs).ifPresent(this::send);
    }

    /** Takes back what nobody answers, so that it may be fetched otherwise. */
    void giveUp(Transfer transfer, List<Integer> overdue) {
        for (int index : overdue) {
            takeBack(transfer, index);
        }
    }

    private void takeBack(Transfer transfer, int index) {
        for (var asked : transfer.download.askedOf(index)) {
            cancel((PeerLink) asked.id(), transfer, index);
        }
    }

    private void cancel(PeerLink link, Transfer transfer, int index) {
        link.requests.entrySet().removeIf(entry -> {
            boolean found = entry.getValue().transfer() == transfer && entry.getValue().index() == index;
            if (found) {
                link.connection.send(new Frame.Cancel(entry.getKey()));
                transfer.download.refused(link.neighbour, index);
            }
            return found;
        });
    }
}
