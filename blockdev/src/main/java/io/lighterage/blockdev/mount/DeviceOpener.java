package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.image.DeviceMap;
import java.io.IOException;

/** Opens the device of a map over this host's store and exchange. */
@FunctionalInterface
public interface DeviceOpener {
    /**
     * The device, which the caller closes.
     *
     * @throws IOException if it cannot be opened now; the message names what is missing
     */
    BlockDevice open(DeviceMap map) throws IOException, InterruptedException;
}
