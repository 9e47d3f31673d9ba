package io.lighterage.blockdev.device;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A device of some blobs on the far side of a {@link TestExchange}, and the bytes that it should have. */
public final class TestDevice implements AutoCloseable {
    private static final int BLOCK = DeviceMap.BLOCK;

    public final BlobStore store;
    public final TestExchange exchange;
    public final DeviceMap map;
    public final List<BlobInfo> blobs = new ArrayList<>();
    public final byte[] bytes;
    public final BlockDevice device;

    /**
     * @param blockCounts blocks of each blob; of all but the first, the device leaves out the first 512 bytes and the
     *     last 3584, so that extents and chunks do not align
     */
    public TestDevice(Path directory, DeviceConfig config, int... blockCounts) throws StoreException {
        store = BlobStore.open(directory);
        exchange = new TestExchange(store);
        Random random = new Random(42);
        List<Extent> extents = new ArrayList<>();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int blocks : blockCounts) {
            byte[] content = new byte[blocks * BLOCK];
            random.nextBytes(content);
            BlobInfo info = exchange.offer(content);
            blobs.add(info);
            int skipped = extents.isEmpty() ? 0 : 512;
            int length = extents.isEmpty() ? content.length : content.length - BLOCK;
            extents.add(new Extent(all.size(), length, info, skipped, exchange.tableOf(info)));
            all.write(content, skipped, length);
        }
        bytes = all.toByteArray();
        map = new DeviceMap(Digest.of(bytes), bytes.length, extents);
        device = open(config);
    }

    /** Another device of the same map and store. */
    public BlockDevice open(DeviceConfig config) {
        return BlockDevice.open(map, exchange, store, Optional.empty(), config);
    }

    /** The bytes that a range should have. */
    public byte[] expected(long offset, int length) {
        return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
    }

    /** The bytes that a range has. */
    public byte[] read(long offset, int length) throws Exception {
        ByteBuffer target = ByteBuffer.allocate(length);
        device.read(offset, target);
        return target.array();
    }

    @Override
    public void close() throws StoreException {
        device.close();
        store.close();
    }
}
