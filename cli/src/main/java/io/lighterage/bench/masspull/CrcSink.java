package io.lighterage.bench.masspull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** Takes the bytes of a blob, keeps their CRC and drops them. */
final class CrcSink implements WritableByteChannel {
    private final CRC32C crc = new CRC32C();

    /** Forgets the blob before. */
    CrcSink restart() {
        crc.reset();
        return this;
    }

    /** @throws IOException unless these were the bytes of {@code content} */
    void require(PulledImage.Content content) throws IOException {
        if (crc.getValue() != content.crc()) {
            throw new IOException("other bytes came than those of " + content.digest());
        }
    }

    @Override
    public int write(ByteBuffer bytes) {
        int count = bytes.remaining();
        crc.update(bytes);
        return count;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        // holds nothing
    }
}
