package io.lighterage.blockdev.device;

/**
 * What a device has done since it was opened. All in bytes but {@code waiting}.
 *
 * @param length of the device
 * @param local bytes of the device that are here
 * @param read bytes that front ends read
 * @param demanded bytes that were fetched because a read waited for them, read-ahead included
 * @param waiting reads that wait now
 */
public record DeviceStatistics(long length, long local, long read, long demanded, int waiting) {
    /** Bytes fetched on demand for each byte that was read; 0 while nothing was read. */
    public double readAmplification() {
        return read == 0 ? 0 : (double) demanded / read;
    }
}
