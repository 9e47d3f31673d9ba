package io.lighterage.blockdev.image;

import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a layer apart in one pass: its files' bytes become the data blob, each file at a multiple of
 * {@link DeviceMap#BLOCK} and filled up with zeros; all else, and files of at most
 * {@link ErofsWriter#INLINE_AT_MOST} bytes, the entry list. Both depend on the archive alone. Safe for use by several
 * threads.
 */
public final class LayerFlattener {
    private static final Logger LOG = LoggerFactory.getLogger(LayerFlattener.class);

    private final LayerLimits limits;

    public LayerFlattener(LayerLimits limits) {
        this.limits = limits;
    }

    /**
     * Flattens a layer. Blocks; decompressing and hashing run on threads of their own, which have ended on return.
     *
     * @param blob the layer's bytes as they are transferred; read to its end, closed by the caller
     * @param data takes the data blob; what it got is void unless this returns
     * @throws LayerException if the layer is not what its description says, is malformed, beyond the limits, or holds
     *     what Linux would not take
     * @throws IOException if {@code blob} or {@code data} failed
     */
    public LayerEntries flatten(Layer layer, InputStream blob, DataSink data) throws IOException, InterruptedException {
        try (LayerStream stream = new LayerStream(layer, blob, limits)) {
            TarReader tar = new TarReader(stream);
            try {
                BlockWriter writer = new BlockWriter(data, limits.plainBytes());
                EntryBuffer list = LayerEntries.begin(limits.entryBytes());
                EntryReader reader = new EntryReader(tar, writer);
                int count = 0;
                for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
                    EntryCodec.write(reader.read(entry), list);
                    count++;
                }
                writer.flush();
                warn(layer, reader);
                stream.finish();
                return LayerEntries.end(list, layer.diffId(), writer.length(), count);
            } catch (TarException e) {
                throw tar.name() == null
                        ? new LayerException(layer.digest(), e.getMessage(), e)
                        : new LayerException(layer.digest(), tar.name(), e.getMessage(), e);
            }
        }
    }

    private static void warn(Layer layer, EntryReader reader) {
        if (reader.foreignXattrs() > 0) {
            LOG.warn(
                    "layer {}: left out {} extended attributes of classes that Linux does not have, the first is {}",
                    layer.digest(),
                    reader.foreignXattrs(),
                    reader.firstForeignXattr());
        }
    }
}
