package io.lighterage.supernode.upstream;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code Content-Range} header (RFC 9110, section 14.4).
 *
 * @param first offset of the first byte sent, or -1 where none was ({@code bytes *}{@code /N})
 * @param last offset of the last byte sent, or -1
 * @param total the whole length, where it is told
 */
record ContentRange(long first, long last, OptionalLong total) {
    private static final Pattern SENT = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");
    private static final Pattern NONE = Pattern.compile("bytes \\*/([0-9]{1,18})");

    /** Reads the header; empty if it is not valid. */
    static Optional<ContentRange> parse(String text) {
        Matcher none = NONE.matcher(text.strip());
        if (none.matches()) {
            return Optional.of(new ContentRange(-1, -1, OptionalLong.of(Long.parseLong(none.group(1)))));
        }
        Matcher sent = SENT.matcher(text.strip());
        if (!sent.matches()) {
            return Optional.empty();
        }
        long first = Long.parseLong(sent.group(1));
        long last = Long.parseLong(sent.group(2));
        OptionalLong total =
                sent.group(3).equals("*") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(sent.group(3)));
        boolean sane = first <= last && (total.isEmpty() || last < total.getAsLong());
        return sane ? Optional.of(new ContentRange(first, last, total)) : Optional.empty();
    }
}
