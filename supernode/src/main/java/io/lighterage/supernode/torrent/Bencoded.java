package io.lighterage.supernode.torrent;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A bencoded value, by BEP 3: a number, a byte string, a list or a dictionary. Dictionaries are ordered by the bytes
 * of their keys; a key is text here whose characters are its bytes (ISO-8859-1).
 */
sealed interface Bencoded {
    /** A whole number. */
    record Number(long value) implements Bencoded {}

    /** A byte string; the array is not copied. */
    record Bytes(byte[] value) implements Bencoded {
        /** As UTF-8 text. */
        String text() {
            return new String(value, StandardCharsets.UTF_8);
        }
    }

    /** A list. */
    record Sequence(List<Bencoded> values) implements Bencoded {
        public Sequence {
            values = List.copyOf(values);
        }
    }

    /** A dictionary. */
    record Dictionary(TreeMap<String, Bencoded> entries) implements Bencoded {
        Dictionary() {
            this(new TreeMap<>());
        }

        Dictionary with(String key, Bencoded value) {
            entries.put(key, value);
            return this;
        }

        Dictionary with(String key, long value) {
            return with(key, new Number(value));
        }

        Dictionary with(String key, String value) {
            return with(key, Bencoded.text(value));
        }

        Dictionary with(String key, byte[] value) {
            return with(key, new Bytes(value));
        }

        Optional<Bytes> bytes(String key) {
            return entries.get(key) instanceof Bytes bytes ? Optional.of(bytes) : Optional.empty();
        }

        Optional<Long> number(String key) {
            return entries.get(key) instanceof Number number ? Optional.of(number.value()) : Optional.empty();
        }

        Optional<Sequence> sequence(String key) {
            return entries.get(key) instanceof Sequence sequence ? Optional.of(sequence) : Optional.empty();
        }

        Optional<Dictionary> dictionary(String key) {
            return entries.get(key) instanceof Dictionary dictionary ? Optional.of(dictionary) : Optional.empty();
        }
    }

    /** A byte string of UTF-8 text. */
    static Bytes text(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A dictionary that {@code bytes} hold and nothing else. */
    static Dictionary parseDictionary(byte[] bytes) throws MalformedException {
        BencodeReader reader = new BencodeReader(bytes, 0);
        Bencoded value = reader.value();
        reader.end();
        if (value instanceof Dictionary dictionary) {
            return dictionary;
        }
        throw new MalformedException("it is not a dictionary");
    }

    /** The bytes of this value. */
    default byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(this, out);
        return out.toByteArray();
    }

    private static void write(Bencoded value, ByteArrayOutputStream out) {
        switch (value) {
            case Number(long number) -> ascii("i" + number + "e", out);
            case Bytes(byte[] bytes) -> string(bytes, out);
            case Sequence(List<Bencoded> values) -> {
                out.write('l');
                values.forEach(each -> write(each, out));
                out.write('e');
            }
            case Dictionary(TreeMap<String, Bencoded> entries) -> {
                out.write('d');
                for (Map.Entry<String, Bencoded> entry : entries.entrySet()) {
                    string(entry.getKey().getBytes(StandardCharsets.ISO_8859_1), out);
                    write(entry.getValue(), out);
                }
                out.write('e');
            }
        }
    }

    private static void string(byte[] bytes, ByteArrayOutputStream out) {
        ascii(bytes.length + ":", out);
        out.writeBytes(bytes);
    }

    private static void ascii(String text, ByteArrayOutputStream out) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
