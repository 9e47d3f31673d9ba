package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Flow;
import io.lighterage.peer.content.Priority;

/** A wanted chunk, from the question to the verified bytes. */
final class Want extends Flow {
    /** In place of an index: whichever chunk the supernode chooses. */
    static final int ANY = -1;

    private enum Phase {
        ASKED,
        SENT,
        RECEIVED
    }

    /** The asker's end of the connection. */
    final Peering asker;

    final Transfer transfer;
    final Priority priority;
    final boolean chosen;

    /** What the asker says that it has. */
    final int has;

    int index;

    /** Whether the asker still waits for the answer. */
    boolean live = true;

    private Phase phase = Phase.ASKED;

    Want(Peering asker, Transfer transfer, int index, Priority priority, int has) {
        this.asker = asker;
        this.transfer = transfer;
        this.index = index;
        this.priority = priority;
        this.chosen = index == ANY;
        this.has = has;
    }

    /** What is wanted. */
    Object chunk() {
        return (long) transfer.blob << 32 | index;
    }

    private Cluster cluster() {
        return asker.self.cluster;
    }

    /** On its way to the host that is asked. */
    void send() {
        cluster().after(this, asker.latencyNs + cluster().costs().serveNs());
    }

    @Override
    protected void finished() {
        asker.other.sender().sent(this);
        phase = Phase.SENT;
        cluster().after(this, asker.latencyNs);
    }

    /** Its bytes are being verified until {@code atNs}. */
    void verify(long atNs) {
        phase = Phase.RECEIVED;
        cluster().timeline().schedule(this, atNs);
    }

    @Override
    protected void due() {
        switch (phase) {
            case ASKED -> {
                if (asker.other.alive && !asker.closed) {
                    asker.other.wanted(this);
                }
            }
            case SENT -> {
                if (asker.self.alive) {
                    transfer.host.received(this);
                }
            }
            case RECEIVED -> {
                if (asker.self.alive) {
                    transfer.host.verified(this);
                }
            }
        }
    }
}
