package io.lighterage.blockdev.snapshotter;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Reads a message of Protocol Buffers field by field. Fields that a reader does not know are skipped by going on to the
 * {@link #next}.
 */
final class ProtoReader {
    static final int VARINT = 0;
    static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_64 = 1;
    private static final int FIXED_32 = 5;

    private final ByteBuffer in;
    private int type = -1;
    private long number;
    private ByteBuffer content;

    ProtoReader(byte[] message) {
        this(ByteBuffer.wrap(message));
    }

    private ProtoReader(ByteBuffer message) {
        in = message;
    }

    /** Goes to the next field and answers its number, or 0 at the end of the message. */
    int next() throws MalformedMessageException {
        if (!in.hasRemaining()) {
            return 0;
        }
        long tag = varint();
        type = (int) (tag & 7);
        switch (type) {
            case VARINT -> number = varint();
            case LENGTH_DELIMITED -> content = take(varint());
            case FIXED_64 -> take(Long.BYTES);
            case FIXED_32 -> take(Integer.BYTES);
            default -> throw new MalformedMessageException("a field of the unknown wire type " + type);
        }
        if (tag >>> 3 < 1 || tag >>> 3 > Integer.MAX_VALUE) {
            throw new MalformedMessageException("a field with the number " + (tag >>> 3));
        }
        return (int) (tag >>> 3);
    }

    String text() throws MalformedMessageException {
        require(LENGTH_DELIMITED);
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(content.duplicate());
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new MalformedMessageException("text that is not UTF-8", e);
        }
    }

    long number() throws MalformedMessageException {
        require(VARINT);
        return number;
    }

    ProtoReader message() throws MalformedMessageException {
        require(LENGTH_DELIMITED);
        return new ProtoReader(content.slice());
    }

    /** Puts this field, an entry of a map, into {@code values}. */
    void entry(Map<String, String> values) throws MalformedMessageException {
        ProtoReader entry = message();
        String key = "";
        String value = "";
        for (int field = entry.next(); field != 0; field = entry.next()) {
            switch (field) {
                case 1 -> key = entry.text();
                case 2 -> value = entry.text();
                default -> { }
            }
        }
        values.put(key, value);
    }

    private void require(int expected) throws MalformedMessageException {
        if (type != expected) {
            throw new MalformedMessageException("a field of wire type " + type + " instead of " + expected);
        }
    }

    private ByteBuffer take(long length) throws MalformedMessageException {
        if (length < 0 || length > in.remaining()) {
            throw new MalformedMessageException("a field that is longer than its message");
        }
        ByteBuffer taken = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return taken;
    }

    private long varint() throws MalformedMessageException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && in.hasRemaining(); shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedMessageException("a number that does not end");
    }

    /** What was read is no such message. */
    static final class MalformedMessageException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedMessageException(String what) {
            super("the message has " + what);
        }

        MalformedMessageException(String what, Throwable cause) {
            super("the message has " + what, cause);
        }
    }
}
