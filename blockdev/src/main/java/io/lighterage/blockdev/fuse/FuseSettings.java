package io.lighterage.blockdev.fuse;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a FUSE file system is served.
 *
 * @param state directory for the file {@code fuse.json}, which says where the descriptor is held and what was served;
 *     must outlive the process. One server at a time may use it.
 * @param mountPoint directory over which the file system is mounted; made if missing
 * @param readers threads that read requests and answer those whose bytes are here, 1 to 64
 * @param bytesInFlight bytes of buffers, at least 1 MiB and below 2 GiB, for reads that wait for missing bytes. Further
 *     such reads wait their turn; reads of present bytes need no buffer.
 * @param deviceWait how long a read of a file that was served before a restart waits for its device to be added again,
 *     before it ends with EIO
 */
public record FuseSettings(Path state, Path mountPoint, int readers, int bytesInFlight, Duration deviceWait) {
    /** The largest read that the kernel asks for: 256 pages. */
    static final int MAX_READ = 1 << 20;

    public FuseSettings {
        if (readers < 1 || readers > 64) {
            throw new IllegalArgumentException("the number of FUSE readers is 1 to 64, not " + readers);
        }
        if (bytesInFlight < MAX_READ) {
            throw new IllegalArgumentException(
                    "FUSE reads need at least " + MAX_READ + " bytes in flight, not " + bytesInFlight);
        }
        state = state.toAbsolutePath().normalize();
        mountPoint = mountPoint.toAbsolutePath().normalize();
    }

    /** The defaults for a node whose data is in {@code data}: mounted at {@code data/devices}, two readers, 64 MiB. */
    public static FuseSettings in(Path data) {
        return new FuseSettings(data, data.resolve("devices"), 2, 64 << 20, Duration.ofSeconds(60));
    }
}
