package io.lighterage.blockdev.image;

import io.lighterage.peer.content.Digest;

/**
 * The file data of a layer, as it follows the metadata on the device.
 *
 * @param digest its name; the device table names the blob by it
 * @param length in bytes, more than 0, a multiple of 4096
 */
public record DataBlob(Digest digest, long length) {
    public DataBlob {
        if (length <= 0 || length % DeviceMap.BLOCK != 0) {
            throw new IllegalArgumentException("data blob " + digest + " of " + length + " bytes is not of blocks of "
                    + DeviceMap.BLOCK);
        }
    }
}
