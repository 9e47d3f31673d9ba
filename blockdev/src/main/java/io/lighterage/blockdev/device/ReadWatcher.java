package io.lighterage.blockdev.device;

/** Is told of every read of a device, whoever reads: on the thread that reads, so it must be quick. */
@FunctionalInterface
public interface ReadWatcher {
    /** Watches nothing. */
    ReadWatcher NONE = (offset, length, here) -> {};

    /**
     * {@code length} bytes, more than 0, are read at {@code offset}.
     *
     * @param here whether all of them are here; else the read waits for what is missing
     */
    void read(long offset, long length, boolean here);
}
