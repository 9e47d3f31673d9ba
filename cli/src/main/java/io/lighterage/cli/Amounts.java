package io.lighterage.cli;

import java.util.Locale;

/** Numbers for people. */
public final class Amounts {
    private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB", "EB"};

    private Amounts() {}

    /** An amount of bytes in powers of 1000, with three digits at least where there are units: {@code 21.3 MB}. */
    public static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double amount = bytes;
        int unit = -1;
        do {
            amount /= 1000;
            unit++;
        } while (amount >= 999.5 && unit < UNITS.length - 1);
        String digits = amount < 9.995 ? "%.2f" : amount < 99.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, digits + " %s", amount, UNITS[unit]);
    }

    /** A span of nanoseconds: milliseconds below a second, else seconds. */
    public static String time(long nanos) {
        return nanos < 1_000_000_000L
                ? Math.round(nanos / 1e6) + " ms"
                : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }
}
