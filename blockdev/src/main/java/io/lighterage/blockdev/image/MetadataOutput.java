package io.lighterage.blockdev.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes structures one behind the other, with zeros between them where positions say so. */
final class MetadataOutput {
    private static final int BUFFER = 64 << 10;
    private static final byte[] ZEROS = new byte[ErofsLayout.BLOCK];

    private final OutputStream out;
    private long position;

    MetadataOutput(OutputStream out) {
        this.out = new BufferedOutputStream(out, BUFFER);
    }

    /** Writes a heap buffer from its start to its limit. */
    void write(ByteBuffer structure) throws IOException {
        write(structure.array(), 0, structure.limit());
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        position += length;
    }

    /** Writes zeros up to {@code target}, which must not lie behind what is written. */
    void padTo(long target) throws IOException {
        if (target < position) {
            throw new IllegalStateException(
                    "structures overlap: " + position + " bytes are written, the next goes to " + target);
        }
        while (position < target) {
            write(ZEROS, 0, (int) Math.min(ZEROS.length, target - position));
        }
    }

    void flush() throws IOException {
        out.flush();
    }
}
