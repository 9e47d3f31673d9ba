package io.lighterage.supernode.convert;

import io.lighterage.blockdev.image.DataBlob;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.ErofsImage;
import io.lighterage.blockdev.image.ErofsWriter;
import io.lighterage.blockdev.image.InvalidDeviceMapException;
import io.lighterage.blockdev.image.Layer;
import io.lighterage.blockdev.image.LayerEntries;
import io.lighterage.blockdev.image.LayerMerge;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.BlobWriter;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.convert.ResolvedImage.ImageLayer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins an image's converted layers to its device: metadata, and the map of metadata and data, as blobs. The map's
 * digest is remembered under the manifest's, last of all, so no half-built device is ever found.
 */
final class ImageConverter {
    private static final Logger LOG = LoggerFactory.getLogger(ImageConverter.class);

    private final BlobStore store;
    private final long mostEntryBytes;
    private final KeyValueTable images;

    /** One merge at a time: an image's whole tree is in memory. */
    private final ReentrantLock merging = new ReentrantLock();

    private record DataOfLayer(Layer layer, StoredBlob blob) {}

    /** @param mostEntryBytes how many bytes the entry lists of an image's layers may have together */
    ImageConverter(BlobStore store, long mostEntryBytes) {
        this.store = store;
        this.mostEntryBytes = mostEntryBytes;
        this.images = store.table("converted-images");
    }

    /** The document of the device map of {@code manifest}, if all of the device is in the store. */
    Optional<byte[]> find(Digest manifest) throws IOException {
        Optional<byte[]> known = images.get(LayerConverter.VERSION + manifest);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Digest digest = Digest.ofBytes(known.get());
        if (!ConvertedLayer.isWhole(store, digest)) {
            return Optional.empty();
        }
        byte[] document = read(digest);
        return isThere(document) ? Optional.of(document) : Optional.empty();
    }

    private boolean isThere(byte[] document) throws IOException {
        try {
            return DeviceMapDocument.parse(document).extents().stream()
                    .allMatch(extent -> ConvertedLayer.isWhole(store, extent.blob().digest()));
        } catch (InvalidDeviceMapException e) {
            LOG.warn("a device map of another version is made anew: {}", e.getMessage());
            return false;
        }
    }

    /** Makes the device of {@code image} out of its layers; answers the document of its map. */
    byte[] convert(ResolvedImage image, List<ConvertedLayer> layers) throws IOException, InterruptedException {
        merging.lockInterruptibly();
        try {
            Optional<byte[]> known = find(image.manifest());
            if (known.isPresent()) {
                return known.get();
            }
            List<DataOfLayer> data = new ArrayList<>();
            ErofsImage device = plan(image, layers, data);
            byte[] document = DeviceMapDocument.write(map(image.manifest(), device, write(device), data));
            Digest digest = store.put(document).info().digest();
            images.put(LayerConverter.VERSION + image.manifest(), digest.bytes());
            return document;
        } finally {
            merging.unlock();
        }
    }

    private ErofsImage plan(ResolvedImage image, List<ConvertedLayer> layers, List<DataOfLayer> data)
            throws IOException {
        LayerMerge merge = new LayerMerge();
        long entryBytes = 0;
        for (int i = 0; i < layers.size(); i++) {
            ImageLayer described = image.layers().get(i);
            ConvertedLayer layer = layers.get(i);
            if (!layer.diffId().equals(described.diffId())) {
                throw new ConversionException(ConversionException.UNFIT, "layer " + described.digest()
                        + ": the diffID of its archive is " + layer.diffId() + ", not " + described.diffId());
            }
            entryBytes += stored(layer.entries()).info().length();
            if (entryBytes > mostEntryBytes) {
                throw new ConversionException(
                        ConversionException.UNFIT,
                        "its layers have too many files for the memory of this" + " supernode: over " + mostEntryBytes
                                + " bytes of entries");
            }
            merge.add(described.described(), LayerEntries.parse(read(layer.entries())));
            if (layer.data().isPresent()) {
                data.add(new DataOfLayer(described.described(), stored(layer.data().get())));
            }
        }
        List<DataBlob> blobs = data.stream()
                .map(of -> of.blob().info())
                .map(blob -> new DataBlob(blob.digest(), blob.length()))
                .toList();
        return ErofsWriter.plan(merge.root(), blobs);
    }

    private StoredBlob write(ErofsImage device) throws IOException, InterruptedException {
        try (BlobWriter writer = store.newBlob(BlobInfo.SMALLEST_CHUNK)) {
            device.writeTo(new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    try {
                        writer.append(ByteBuffer.wrap(bytes, offset, length));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new InterruptedIOException("interrupted while metadata were written");
                    }
                }
            });
            return writer.finish();
        }
    }

    private static DeviceMap map(Digest manifest, ErofsImage device, StoredBlob metadata, List<DataOfLayer> data) {
        List<DeviceMap.Extent> extents = new ArrayList<>();
        extents.add(extent(0, metadata, Optional.empty()));
        for (int i = 0; i < data.size(); i++) {
            extents.add(extent(device.dataOffset(i), data.get(i).blob(), Optional.of(data.get(i).layer())));
        }
        return new DeviceMap(manifest, device.deviceLength(), extents);
    }

    private static DeviceMap.Extent extent(long offset, StoredBlob blob, Optional<Layer> layer) {
        return new DeviceMap.Extent(offset, blob.info().length(), blob.info(), 0, blob.table().digest(), layer);
    }

    private StoredBlob stored(Digest digest) throws StoreException {
        return store.find(digest)
                .orElseThrow(() -> new StoreException(
                        StoreException.Reason.WITHDRAWN,
                        "blob " + digest + " of a converted layer is gone; ask again"));
    }

    private byte[] read(Digest digest) throws IOException {
        StoredBlob blob = stored(digest);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(blob.info().length()));
        try (BlobReader reader = blob.open()) {
            reader.read(0, bytes);
        }
        return bytes.array();
    }
}
