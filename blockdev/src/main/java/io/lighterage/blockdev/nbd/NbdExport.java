package io.lighterage.blockdev.nbd;

import io.lighterage.blockdev.device.BlockDevice;

/**
 * A lease of a device by one connection.
 *
 * @param name the full name, which may say more than the name that was asked for
 * @param device valid until {@code release} has run
 * @param release runs once, when the connection uses neither the device nor its views any more
 */
public record NbdExport(String name, BlockDevice device, Runnable release) {}
