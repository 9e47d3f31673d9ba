package io.lighterage.blockdev.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that grow: unsigned LEB128 numbers, and strings and byte arrays behind their length. */
final class EntryBuffer {
    private final int most;
    private byte[] bytes = new byte[1 << 16];
    private int length;

    /** @param most bytes that it may hold */
    EntryBuffer(int most) {
        this.most = most;
    }

    int length() {
        return length;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    void put(int b) throws TarException {
        grow(1);
        bytes[length++] = (byte) b;
    }

    void number(long value) throws TarException {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            put((int) (left & 0x7f | 0x80));
            left >>>= 7;
        }
        put((int) left);
    }

    void signed(long value) throws TarException {
        number(value << 1 ^ value >> 63);
    }

    void raw(byte[] value) throws TarException {
        grow(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    void bytes(byte[] value) throws TarException {
        number(value.length);
        raw(value);
    }

    void text(String value) throws TarException {
        bytes(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void grow(int more) throws TarException {
        if (more > most - length) {
            throw new TarException("the layer's entry list has over " + most + " bytes, the limit");
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(most, Math.max(length + more, bytes.length * 2L)));
        }
    }
}
