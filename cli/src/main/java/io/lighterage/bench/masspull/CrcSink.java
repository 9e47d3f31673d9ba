package io.lighterage.bench.masspull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Takes the bytes of a blob, keeps their CRC and drops them. */
final class CrcSink {
    private final CRC32C crc = new CRC32C();

    /** Forgets the blob before. */
    void restart() {
        crc.reset();
    }

    /** @throws IOException unless these were the bytes of {@code content} */
    void require(PulledImage.Content content) throws IOException {
        if (crc.getValue() != content.crc()) {
            throw new IOException("other bytes came than those of " + content.digest());
        }
    }

    /** Takes all that remains in {@code bytes}. */
    void take(ByteBuffer bytes) {
        crc.update(bytes);
    }
}
