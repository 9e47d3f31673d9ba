package io.lighterage.supernode.torrent;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads bencoded values out of bytes of strangers, by BEP 3. Values nest {@link #DEEPEST} deep at most, so that no
 * input can exhaust the stack. Used by one thread.
 */
final class BencodeReader {
    private static final int DEEPEST = 16;
    private static final int LONGEST_NUMBER = 20;

    private final byte[] bytes;
    private int at;
    private int depth;

    /** Reads from {@code from} on. */
    BencodeReader(byte[] bytes, int from) {
        this.bytes = bytes;
        this.at = from;
    }

    /** Where the next value begins. */
    int position() {
        return at;
    }

    /** The next value. */
    Bencoded value() throws MalformedException {
        byte first = peek();
        return switch (first) {
            case 'i' -> {
                at++;
                yield new Bencoded.Number(number('e'));
            }
            case 'l' -> sequence();
            case 'd' -> dictionary();
            default -> new Bencoded.Bytes(string());
        };
    }

    /** Fails unless all was read. */
    void end() throws MalformedException {
        if (at != bytes.length) {
            throw new MalformedException("something follows the value at byte " + at);
        }
    }

    private Bencoded sequence() throws MalformedException {
        enter();
        List<Bencoded> values = new ArrayList<>();
        while (peek() != 'e') {
            values.add(value());
        }
        leave();
        return new Bencoded.Sequence(values);
    }

    private Bencoded dictionary() throws MalformedException {
        enter();
        Bencoded.Dictionary dictionary = new Bencoded.Dictionary();
        while (peek() != 'e') {
            String key = new String(string(), StandardCharsets.ISO_8859_1);
            if (dictionary.entries().putIfAbsent(key, value()) != null) {
                throw new MalformedException("a dictionary has a key twice, before byte " + at);
            }
        }
        leave();
        return dictionary;
    }

    private void enter() throws MalformedException {
        if (++depth > DEEPEST) {
            throw new MalformedException("values nest more than " + DEEPEST + " deep at byte " + at);
        }
        at++;
    }

    private void leave() {
        depth--;
        at++;
    }

    private byte[] string() throws MalformedException {
        long length = number(':');
        if (length < 0 || length > bytes.length - at) {
            throw new MalformedException("a string of " + length + " bytes does not fit at byte " + at);
        }
        at += (int) length;
        return Arrays.copyOfRange(bytes, at - (int) length, at);
    }

    private long number(char end) throws MalformedException {
        int from = at;
        while (peek() != end) {
            byte digit = bytes[at++];
            boolean sign = digit == '-' && at == from + 1 && end == 'e';
            if (!sign && (digit < '0' || digit > '9') || at - from > LONGEST_NUMBER) {
                throw new MalformedException("no value begins at byte " + from);
            }
        }
        String digits = new String(bytes, from, at - from, StandardCharsets.US_ASCII);
        at++;
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new MalformedException("not a number at byte " + from);
        }
    }

    private byte peek() throws MalformedException {
        if (at >= bytes.length) {
            throw new MalformedException("it ends in the middle of a value, at byte " + at);
        }
        return bytes[at];
    }
}
