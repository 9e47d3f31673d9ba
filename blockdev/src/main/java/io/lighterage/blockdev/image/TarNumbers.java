package io.lighterage.blockdev.image;

/**
 * Numbers in tar headers: octal text, or base 256 as GNU tar writes what does not fit (GNU tar manual, "Extensions").
 */
final class TarNumbers {
    private static final int BASE_256 = 0x80;
    private static final int NEGATIVE = 0x40;

    private TarNumbers() {}

    /** The number in {@code length} bytes at {@code offset}; 0 where there are only spaces and NULs. */
    static long parse(byte[] header, int offset, int length, String field) throws TarException {
        return (header[offset] & BASE_256) != 0
                ? base256(header, offset, length, field)
                : octal(header, offset, length, field);
    }

    private static long base256(byte[] header, int offset, int length, String field) throws TarException {
        // Two's complement, whose topmost bit is taken by the mark.
        boolean negative = (header[offset] & NEGATIVE) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int digit = header[offset + i] & 0xff;
            if (i == 0) {
                digit = negative ? digit : digit & ~BASE_256;
            }
            if (value != (value << 8 >> 8)) {
                throw new TarException(field + " does not fit 64 bits");
            }
            value = value << 8 | digit;
        }
        if (value < 0 != negative) {
            throw new TarException(field + " does not fit 64 bits");
        }
        return value;
    }

    private static long octal(byte[] header, int offset, int length, String field) throws TarException {
        int from = offset;
        int to = offset + length;
        while (from < to && blank(header[from])) {
            from++;
        }
        long value = 0;
        int at = from;
        for (; at < to && !blank(header[at]); at++) {
            int digit = header[at] - '0';
            if (digit < 0 || digit > 7) {
                throw new TarException(field + " is not a number");
            }
            value = value << 3 | digit;
        }
        // As in Go: what follows a NUL does not count, but a space must not stand between digits.
        for (; at < to && header[at] != 0; at++) {
            if (header[at] != ' ') {
                throw new TarException(field + " is not a number");
            }
        }
        return value;
    }

    private static boolean blank(byte b) {
        return b == ' ' || b == 0;
    }

    /** A decimal number, maybe negative, as PAX records and sparse maps have it. */
    static long decimal(String text, String field) throws TarException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new TarException(field + " is not a number: " + LayerException.readable(text), e);
        }
    }
}
