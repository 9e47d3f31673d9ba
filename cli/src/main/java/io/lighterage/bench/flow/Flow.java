package io.lighterage.bench.flow;

/** Bytes on their way over some links. While it does not run it may serve as an event of its own. */
public abstract class Flow extends Event {
    FlowNetwork network;
    Link[] path;
    int[] slots;

    /** The numbers of its links where there are two, which is what nearly all have; else -1. */
    int first;

    int second;
    double bytes;
    double remaining;
    double rate;
    long sinceNs;
    boolean touched;

    /** Whether it is on its way. */
    public final boolean isRunning() {
        return path != null;
    }

    /** What it gets now, in bytes a second; 0 unless it runs, and before its network settled. */
    public final double bytesPerSecond() {
        return path == null ? 0 : rate * 1e9;
    }

    /** Its last byte has left; it runs no more. */
    protected abstract void finished();

    /** It was scheduled while it did not run, and its time has come. */
    protected abstract void due();

    @Override
    protected final void happen() {
        if (path == null) {
            due();
        } else if (network.hasEnded(this)) {
            network.complete(this);
            finished();
        }
    }
}
