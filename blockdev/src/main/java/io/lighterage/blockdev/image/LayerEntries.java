package io.lighterage.blockdev.image;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * What a layer does, entry by entry in the order of its archive, as {@link LayerFlattener} found it and
 * {@link LayerMerge} needs it. Held in its binary form, which is the same for the same archive, so that it can be kept
 * as a blob and images share it.
 *
 * <p>Form, numbers big-endian: 8 bytes {@code LGHTLAYR}, 2 bytes version, 32 bytes diffID, 8 bytes length of the data
 * blob, 4 bytes number of entries, then the entries, see {@link EntryCodec}.
 */
public final class LayerEntries {
    private static final byte[] MAGIC = "LGHTLAYR".getBytes(StandardCharsets.US_ASCII);
    private static final short VERSION = 1;
    private static final int HEADER = 8 + 2 + Digest.BYTES + 8 + 4;

    private final byte[] bytes;
    private final Digest diffId;
    private final long dataLength;
    private final int count;

    private LayerEntries(byte[] bytes) {
        this.bytes = bytes;
        ByteBuffer header = ByteBuffer.wrap(bytes).position(MAGIC.length + 2);
        diffId = Digest.read(header);
        dataLength = header.getLong();
        count = header.getInt();
    }

    /** Begins a list: leaves room for its header. */
    static EntryBuffer begin(int most) throws TarException {
        EntryBuffer out = new EntryBuffer(most);
        out.raw(new byte[HEADER]);
        return out;
    }

    /** Ends a list that {@link #begin} began and {@link EntryCodec#write} filled. */
    static LayerEntries end(EntryBuffer out, Digest diffId, long dataLength, int count) {
        byte[] bytes = out.toByteArray();
        ByteBuffer header = ByteBuffer.wrap(bytes).put(MAGIC).putShort(VERSION);
        diffId.write(header);
        header.putLong(dataLength).putInt(count);
        return new LayerEntries(bytes);
    }

    /**
     * Reads the binary form; keeps {@code bytes}, which must not be changed afterwards.
     *
     * @throws IOException if it is of another version or not such a list
     */
    public static LayerEntries parse(byte[] bytes) throws IOException {
        if (bytes.length < HEADER || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("not the entry list of a layer");
        }
        int version = ByteBuffer.wrap(bytes).getShort(MAGIC.length);
        if (version != VERSION) {
            throw new IOException("the entry list of a layer is of version " + version + ", not " + VERSION);
        }
        LayerEntries entries = new LayerEntries(bytes);
        ByteBuffer in = ByteBuffer.wrap(bytes).position(HEADER);
        try {
            for (int i = 0; i < entries.count; i++) {
                EntryCodec.read(in);
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new IOException(
                    "the entry list of the layer with diffID " + entries.diffId + " is malformed: " + e.getMessage(),
                    e);
        }
        if (in.hasRemaining()
                || entries.count < 0
                || entries.dataLength < 0
                || entries.dataLength % DeviceMap.BLOCK != 0) {
            throw new IOException("the entry list of the layer with diffID " + entries.diffId + " is malformed");
        }
        return entries;
    }

    /** The binary form, a copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The layer's archive. */
    public Digest diffId() {
        return diffId;
    }

    /** Length of the layer's data blob in bytes, a multiple of {@link DeviceMap#BLOCK}; 0 if it needs none. */
    public long dataLength() {
        return dataLength;
    }

    /** Number of entries. */
    public int count() {
        return count;
    }

    /** The entries, decoded one at a time. */
    Iterable<LayerEntry> entries() {
        return () -> new Iterator<>() {
            private final ByteBuffer in = ByteBuffer.wrap(bytes).position(HEADER);

            @Override
            public boolean hasNext() {
                return in.hasRemaining();
            }

            @Override
            public LayerEntry next() {
                if (!in.hasRemaining()) {
                    throw new NoSuchElementException();
                }
                return EntryCodec.read(in);
            }
        };
    }
}
