package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.ChunkTable;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a blob's state into memory when it is first used, and finds again what a crash kept out of the record: chunks
 * of marked groups whose table entry is known are hashed, and are usable if the hash is right. Holes are not hashed.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final BlobInfo info;
    private final StoreParts parts;
    private final Path path;

    /** By length: a hole costs no hashing. */
    private final Map<Integer, byte[]> zeroHashes = new HashMap<>();

    Recovery(BlobInfo info, StoreParts parts) {
        this.info = info;
        this.parts = parts;
        this.path = parts.directory().dataFile(info.digest());
    }

    /** The state of the blob, with the chunks that were found again waiting to be recorded. */
    ChunkState load() throws StoreException {
        ChunkTable table = parts.index().table(info);
        ChunkSet present = parts.index().presence(info);
        BitSet marked = parts.unrecovered().getOrDefault(info.digest(), new BitSet());
        long counted = ChunkState.bytesOf(info, present);
        ChunkState state;
        try {
            if (parts.directory().hasDataFile(info.digest(), info.length())) {
                state = new ChunkState(table, present, (BitSet) marked.clone());
                regain(state, marked);
            } else {
                LOG.warn("the data file {} is gone or has another length; blob {} starts anew", path, info.digest());
                parts.index().forgetPresence(info.digest());
                parts.files().withdraw(info.digest());
                parts.directory().makeDataFile(info.digest(), info.length());
                state = new ChunkState(table, new ChunkSet(info.chunkCount()), new BitSet());
            }
        } catch (IOException e) {
            throw StoreFailures.of("look for the chunks of " + info.digest(), path, e);
        }
        parts.unrecovered().remove(info.digest());
        parts.counters().changed(info.length(), counted, state.presentBytes());
        return state;
    }

    private void regain(ChunkState state, BitSet marked) throws IOException {
        if (marked.isEmpty()) {
            return;
        }
        int before = state.present().count();
        try (FileLease file = parts.files().lease(info.digest(), path)) {
            byte[] chunk = new byte[(int) Math.min(info.chunkLength(), info.length())];
            for (int group = marked.nextSetBit(0); group >= 0; group = marked.nextSetBit(group + 1)) {
                int end = Math.min(info.chunkCount(), (group + 1) * BlobIndex.GROUP);
                for (int index = group * BlobIndex.GROUP; index < end; index++) {
                    if (state.table().knows(index) && !state.present().contains(index)
                            && isThere(state.table(), index, file, chunk)) {
                        state.add(index);
                    }
                }
            }
        }
        LOG.info("found {} chunks of {} again that were not recorded", state.present().count() - before, info.digest());
    }

    private boolean isThere(ChunkTable table, int index, FileLease file, byte[] chunk) throws IOException {
        int length = info.lengthOf(index);
        ByteBuffer target = ByteBuffer.wrap(chunk, 0, length);
        file.read(info.offsetOf(index), target);
        if (isZero(chunk, length)) {
            return table.accepts(index, zeroHashes.computeIfAbsent(length, n -> sha256(ByteBuffer.allocate(n))));
        }
        target.flip();
        return table.accepts(index, sha256(target));
    }

    private static boolean isZero(byte[] chunk, int length) {
        // Comparing a run of bytes with itself, shifted by one, is vectorised.
        return chunk[0] == 0 && Arrays.equals(chunk, 0, length - 1, chunk, 1, length);
    }

    /** The sha256 of what remains in {@code data}, which is not moved. */
    static byte[] sha256(ByteBuffer data) {
        MessageDigest hash = Digest.sha256();
        hash.update(data.duplicate());
        return hash.digest();
    }
}
