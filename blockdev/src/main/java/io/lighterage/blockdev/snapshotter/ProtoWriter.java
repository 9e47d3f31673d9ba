package io.lighterage.blockdev.snapshotter;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Writes a message of Protocol Buffers, version 3: fields by their numbers, and none that has its default value. The
 * format is protobuf.dev's "Encoding".
 */
final class ProtoWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtoWriter text(int field, String value) {
        return value.isEmpty() ? this : bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** An item of a list of text, which is written even if it is empty. */
    ProtoWriter item(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtoWriter number(int field, long value) {
        if (value != 0) {
            varint((long) field << 3 | ProtoReader.VARINT);
            varint(value);
        }
        return this;
    }

    ProtoWriter message(int field, ProtoWriter value) {
        return bytes(field, value.toBytes());
    }

    ProtoWriter map(int field, Map<String, String> values) {
        values.forEach((key, value) -> message(field, new ProtoWriter().text(1, key).text(2, value)));
        return this;
    }

    private ProtoWriter bytes(int field, byte[] value) {
        varint((long) field << 3 | ProtoReader.LENGTH_DELIMITED);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
