package io.lighterage.blockdev.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An entry of an archive for tests, written byte by byte so that it can be anything, wrong too. Strings have one
 * character a byte.
 */
final class TarItem {
    private final char type;
    private final String name;
    private final Map<String, String> pax = new LinkedHashMap<>();
    private byte[] content = {};
    private String link = "";
    private long mode = 0644;
    private long uid;
    private long gid;
    private long mtime = Images.TIME;
    private Long size;
    private long major;
    private long minor;
    private boolean gnu;
    private byte[] sparseHeader = {};

    private TarItem(char type, String name) {
        this.type = type;
        this.name = name;
    }

    static TarItem of(char type, String name) {
        return new TarItem(type, name);
    }

    static TarItem file(String name, String content) {
        return of('0', name).content(bytes(content));
    }

    static TarItem directory(String name) {
        return of('5', name).mode(0755);
    }

    static TarItem symlink(String name, String target) {
        return of('2', name).link(target);
    }

    static TarItem hardLink(String name, String target) {
        return of('1', name).link(target);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    TarItem content(byte[] bytes) {
        content = bytes;
        return this;
    }

    TarItem link(String target) {
        link = target;
        return this;
    }

    TarItem mode(long bits) {
        mode = bits;
        return this;
    }

    TarItem owner(long user, long group) {
        uid = user;
        gid = group;
        return this;
    }

    TarItem mtime(long seconds) {
        mtime = seconds;
        return this;
    }

    /** Says another size than that of the content. */
    TarItem size(long bytes) {
        size = bytes;
        return this;
    }

    TarItem device(long majorNumber, long minorNumber) {
        major = majorNumber;
        minor = minorNumber;
        return this;
    }

    TarItem pax(String key, String value) {
        pax.put(key, value);
        return this;
    }

    /** Writes long names and the header as GNU tar does. */
    TarItem gnu() {
        gnu = true;
        return this;
    }

    /** What the old GNU sparse format has from offset 386 of the header on. */
    TarItem sparseHeader(byte[] bytes) {
        sparseHeader = bytes;
        return this;
    }

    /** An archive of these entries. */
    static byte[] archive(TarItem... items) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (TarItem item : items) {
            item.writeTo(out);
        }
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    private void writeTo(ByteArrayOutputStream out) {
        Map<String, String> records = new LinkedHashMap<>(pax);
        if (gnu) {
            longName(out, 'L', name);
            longName(out, 'K', link);
        } else {
            records.putAll(name.length() > 100 ? Map.of("path", name) : Map.of());
            records.putAll(link.length() > 100 ? Map.of("linkpath", link) : Map.of());
        }
        if (!records.isEmpty()) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            records.forEach((key, value) -> body.writeBytes(record(key, value)));
            of('x', "PaxHeaders/x").content(body.toByteArray()).writeTo(out);
        }
        out.writeBytes(header());
        out.writeBytes(content);
        out.writeBytes(new byte[-content.length & 511]);
    }

    private static void longName(ByteArrayOutputStream out, char type, String text) {
        if (text.length() > 100) {
            of(type, "././@LongLink").content(bytes(text + "\0")).writeTo(out);
        }
    }

    static byte[] record(String key, String value) {
        int length = key.length() + value.length() + 3;
        while (length != key.length() + value.length() + 3 + Integer.toString(length).length()) {
            length = key.length() + value.length() + 3 + Integer.toString(length).length();
        }
        return bytes(length + " " + key + "=" + value + "\n");
    }

    private byte[] header() {
        byte[] header = new byte[512];
        put(header, 0, 100, bytes(name));
        number(header, 100, 8, mode);
        number(header, 108, 8, uid);
        number(header, 116, 8, gid);
        number(header, 124, 12, size == null ? content.length : size);
        number(header, 136, 12, mtime);
        header[156] = (byte) type;
        put(header, 157, 100, bytes(link));
        put(header, 257, 8, bytes(gnu ? "ustar  \0" : "ustar\00000"));
        number(header, 329, 8, major);
        number(header, 337, 8, minor);
        put(header, 386, 512 - 386, sparseHeader);
        put(header, 148, 8, bytes("        "));
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, 8, bytes("%06o\0 ".formatted(sum)));
        return header;
    }

    private static void put(byte[] header, int offset, int room, byte[] value) {
        System.arraycopy(value, 0, header, offset, Math.min(room, value.length));
    }

    /** Octal where it fits, else base 256. */
    static void number(byte[] header, int offset, int length, long value) {
        if (value >= 0 && value < 1L << 3 * (length - 1)) {
            put(header, offset, length, bytes(("%0" + (length - 1) + "o").formatted(value)));
            return;
        }
        for (int i = 0; i < length; i++) {
            int shift = 8 * (length - 1 - i);
            header[offset + i] = (byte) (shift >= 64 ? value >> 63 : value >> shift);
        }
        header[offset] |= (byte) 0x80;
    }
}
