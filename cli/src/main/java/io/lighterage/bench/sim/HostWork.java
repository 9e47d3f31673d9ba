package io.lighterage.bench.sim;

/** What hosts do with what they fetch. */
interface HostWork {
    /** A host's transfer exists now, so that chunks of it may be wanted. */
    void begun(Host host, Transfer transfer);

    void arrived(Host host, Transfer transfer, int index);

    void completed(Host host, Transfer transfer);

    /** The host's node was killed. */
    void failed(Host host);

    /** Whether there is nothing left to wait for. */
    boolean isDone();
}
