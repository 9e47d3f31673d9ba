package io.lighterage.blockdev.device;

import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the parts of a device share.
 *
 * @param arena holds all mapped files until the device is closed
 * @param demandedBytes bytes that were fetched because a read waited for them, read-ahead included
 */
record DeviceParts(
        Exchange exchange,
        BlobStore store,
        Optional<BlobSource> source,
        DeviceConfig config,
        Arena arena,
        Tasks tasks,
        LongAdder demandedBytes) {}
