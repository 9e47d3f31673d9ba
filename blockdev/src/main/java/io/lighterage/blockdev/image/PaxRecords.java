package io.lighterage.blockdev.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The records of a PAX extended header (POSIX.1-2017 pax, "pax Extended Header"), read as bytes: names need not be
 * UTF-8 and values of extended attributes are binary. As in Go's archive/tar, which engines use, a record without value
 * counts as absent.
 */
final class PaxRecords {
    static final PaxRecords NONE = new PaxRecords(Map.of(), List.of());

    /** Points and lengths in turn, as records of the sparse format 0.0 give them. */
    private final List<Long> sparsePairs;

    private final Map<String, String> values;

    private PaxRecords(Map<String, String> values, List<Long> sparsePairs) {
        this.values = values;
        this.sparsePairs = sparsePairs;
    }

    static PaxRecords parse(byte[] records) throws TarException {
        Map<String, String> values = new HashMap<>();
        List<Long> pairs = new ArrayList<>();
        int at = 0;
        while (at < records.length) {
            int space = at;
            int length = 0;
            while (space < records.length && records[space] != ' ') {
                int digit = records[space++] - '0';
                if (digit < 0 || digit > 9 || length > records.length) {
                    throw new TarException("a PAX record has no length");
                }
                length = length * 10 + digit;
            }
            int end = at + length;
            if (length > records.length - at || end - 1 <= space || records[end - 1] != '\n') {
                throw new TarException("a PAX record is not as long as it says");
            }
            String record = new String(records, space + 1, end - space - 2, StandardCharsets.ISO_8859_1);
            int equals = record.indexOf('=');
            if (equals <= 0) {
                throw new TarException("a PAX record has no key");
            }
            keep(record.substring(0, equals), record.substring(equals + 1), values, pairs);
            at = end;
        }
        return new PaxRecords(values, pairs);
    }

    private static void keep(String key, String value, Map<String, String> values, List<Long> pairs)
            throws TarException {
        if (key.indexOf(0) >= 0) {
            throw new TarException("the key of a PAX record has a NUL");
        }
        switch (key) {
            case "GNU.sparse.offset", "GNU.sparse.numbytes" -> {
                if (pairs.size() % 2 == (key.endsWith("offset") ? 1 : 0)) {
                    throw new TarException("the PAX sparse map is out of order");
                }
                pairs.add(TarNumbers.decimal(value, key));
            }
            case "path", "linkpath" -> {
                if (value.indexOf(0) >= 0) {
                    throw new TarException("PAX " + key + " has a NUL");
                }
                values.put(key, value);
            }
            default -> values.put(key, value);
        }
    }

    /** The value of a record, or {@code otherwise} if there is none. */
    String text(String key, String otherwise) {
        String value = values.get(key);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    /** The decimal number in a record, or {@code otherwise} if there is none. */
    long number(String key, long otherwise) throws TarException {
        String value = text(key, null);
        return value == null ? otherwise : TarNumbers.decimal(value, "PAX " + key);
    }

    /** The sparse map of formats 0.0 and 0.1: points and lengths in turn; empty if there is none. */
    List<Long> sparsePairs() throws TarException {
        if (!sparsePairs.isEmpty()) {
            return sparsePairs;
        }
        List<Long> pairs = new ArrayList<>();
        String map = text("GNU.sparse.map", "");
        for (String number : map.isEmpty() ? new String[0] : map.split(",", -1)) {
            pairs.add(TarNumbers.decimal(number, "PAX GNU.sparse.map"));
        }
        return pairs;
    }

    /** Seconds and nanoseconds of the record {@code mtime}, or {@code otherwise} and 0 if there is none. */
    Time mtime(long otherwise) throws TarException {
        String value = text("mtime", null);
        if (value == null) {
            return new Time(otherwise, 0);
        }
        int dot = value.indexOf('.');
        String fraction = dot < 0 ? "" : value.substring(dot + 1);
        if (!fraction.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new TarException("PAX mtime is not a time: " + LayerException.readable(value));
        }
        String whole = dot < 0 ? value : value.substring(0, dot);
        long seconds = TarNumbers.decimal(whole, "PAX mtime");
        int nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
        return whole.startsWith("-") && nanos > 0
                ? new Time(seconds - 1, 1_000_000_000 - nanos)
                : new Time(seconds, nanos);
    }

    /** A point in time. */
    record Time(long seconds, int nanos) {}

    /**
     * Extended attributes as star and GNU tar write them, or as libarchive does, with names encoded and values in base
     * 64.
     */
    SortedMap<String, byte[]> xattrs() throws TarException {
        SortedMap<String, byte[]> xattrs = new TreeMap<>();
        for (Map.Entry<String, String> record : values.entrySet()) {
            String key = record.getKey();
            byte[] value = record.getValue().getBytes(StandardCharsets.ISO_8859_1);
            if (value.length == 0) {
                continue;
            }
            if (key.startsWith("SCHILY.xattr.")) {
                xattrs.put(key.substring("SCHILY.xattr.".length()), value);
            } else if (key.startsWith("LIBARCHIVE.xattr.")) {
                xattrs.putIfAbsent(percentDecoded(key.substring("LIBARCHIVE.xattr.".length())), base64(key, value));
            }
        }
        return xattrs;
    }

    private static byte[] base64(String key, byte[] value) throws TarException {
        try {
            return Base64.getDecoder().decode(value);
        } catch (IllegalArgumentException e) {
            throw new TarException("PAX " + LayerException.readable(key) + " is not base 64", e);
        }
    }

    private static String percentDecoded(String name) throws TarException {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) != '%') {
                out.append(name.charAt(i));
                continue;
            }
            int high = i + 2 < name.length() ? Character.digit(name.charAt(i + 1), 16) : -1;
            int low = i + 2 < name.length() ? Character.digit(name.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new TarException(
                        "the name of an extended attribute is not percent-encoded: " + LayerException.readable(name));
            }
            out.append((char) (high << 4 | low));
            i += 2;
        }
        return out.toString();
    }
}
