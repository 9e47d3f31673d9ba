package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Contents of blobs for tests: random bytes that a seed determines. */
record Contents(BlobInfo info, byte[] bytes) {
    static Contents random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return of(bytes);
    }

    static Contents of(byte[] bytes) {
        return new Contents(new BlobInfo(Digest.of(bytes), bytes.length, BlobInfo.SMALLEST_CHUNK), bytes);
    }

    Digest digest() {
        return info.digest();
    }

    byte[] chunk(int index) {
        int from = (int) info.offsetOf(index);
        return Arrays.copyOfRange(bytes, from, from + info.lengthOf(index));
    }

    ByteBuffer buffer(int index) {
        return ByteBuffer.wrap(chunk(index));
    }

    byte[] hash(int index) {
        return Digest.of(chunk(index)).bytes();
    }

    /** The hashes of chunks {@code first ..}. */
    byte[] hashes(int first, int count) {
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (int i = first; i < first + count; i++) {
            hashes.writeBytes(hash(i));
        }
        return hashes.toByteArray();
    }

    byte[] hashes() {
        return hashes(0, info.chunkCount());
    }

    void learnAndWriteAll(StoredBlob blob) throws Exception {
        blob.learn(0, hashes());
        for (int i = 0; i < info.chunkCount(); i++) {
            blob.write(i, buffer(i));
        }
    }

    static byte[] read(StoredBlob blob) throws IOException {
        return read(blob, 0, (int) blob.info().length());
    }

    static byte[] readChunk(StoredBlob blob, int index) throws IOException {
        return read(blob, blob.info().offsetOf(index), blob.info().lengthOf(index));
    }

    private static byte[] read(StoredBlob blob, long offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        try (BlobReader reader = blob.open()) {
            reader.read(offset, target);
        }
        return target.array();
    }
}
