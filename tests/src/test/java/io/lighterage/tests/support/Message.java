package io.lighterage.tests.support;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A message of Protocol Buffers as its fields by number, for services whose messages are put together by hand. */
public final class Message {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private final Map<Integer, List<Object>> fields = new TreeMap<>();

    /** Reads a message. */
    public static Message parse(byte[] bytes) {
        Message message = new Message();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            long tag = varint(in);
            int number = (int) (tag >>> 3);
            switch ((int) tag & 7) {
                case VARINT -> message.add(number, varint(in));
                case LENGTH_DELIMITED -> {
                    byte[] content = new byte[Math.toIntExact(varint(in))];
                    in.get(content);
                    message.add(number, content);
                }
                default -> throw new AssertionError("a field that no answer has, tag " + tag);
            }
        }
        return message;
    }

    private void add(int field, Object value) {
        fields.computeIfAbsent(field, key -> new ArrayList<>()).add(value);
    }

    /** Adds a text. */
    public Message text(int field, String value) {
        add(field, value.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Adds a number. */
    public Message number(int field, long value) {
        add(field, value);
        return this;
    }

    /** Adds a message. */
    public Message message(int field, Message value) {
        add(field, value.toBytes());
        return this;
    }

    /** Adds the entries of a map. */
    public Message map(int field, Map<String, String> values) {
        values.forEach((key, value) -> message(field, new Message().text(1, key).text(2, value)));
        return this;
    }

    /** The texts of a field. */
    public List<String> texts(int field) {
        return all(field).stream().map(value -> new String((byte[]) value, StandardCharsets.UTF_8)).toList();
    }

    /** The text of a field, empty if it is not there. */
    public String text(int field) {
        return texts(field).stream().findFirst().orElse("");
    }

    /** The number of a field, 0 if it is not there. */
    public long number(int field) {
        return all(field).stream().findFirst().map(value -> (long) value).orElse(0L);
    }

    /** The messages of a field. */
    public List<Message> messages(int field) {
        return all(field).stream().map(value -> parse((byte[]) value)).toList();
    }

    /** The message of a field. */
    public Optional<Message> message(int field) {
        return messages(field).stream().findFirst();
    }

    /** The entries of a map. */
    public Map<String, String> map(int field) {
        Map<String, String> map = new TreeMap<>();
        messages(field).forEach(entry -> map.put(entry.text(1), entry.text(2)));
        return map;
    }

    private List<Object> all(int field) {
        return fields.getOrDefault(field, List.of());
    }

    /** The message as it is sent. */
    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fields.forEach((number, values) -> values.forEach(value -> {
            if (value instanceof byte[] content) {
                varint(out, (long) number << 3 | LENGTH_DELIMITED);
                varint(out, content.length);
                out.writeBytes(content);
            } else {
                varint(out, (long) number << 3 | VARINT);
                varint(out, (long) value);
            }
        }));
        return out.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new AssertionError("a varint of more than ten bytes");
    }
}
