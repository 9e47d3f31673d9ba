package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.ReadWatcher;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.exchange.BlobSource;
import java.io.IOException;
import java.util.Optional;

/** Opens the device of a map over this host's store and exchange. */
@FunctionalInterface
public interface DeviceOpener {
    /**
     * The device, which the caller closes.
     *
     * @param source by whose right its blobs are read, if that is known
     * @param watcher to be told of every read
     * @throws IOException if it cannot be opened now; the message names what is missing
     */
    BlockDevice open(DeviceMap map, Optional<BlobSource> source, ReadWatcher watcher)
            throws IOException, InterruptedException;
}
