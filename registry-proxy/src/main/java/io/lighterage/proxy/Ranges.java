package io.lighterage.proxy;

import io.lighterage.peer.content.ByteRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Range arithmetic of RFC 9110, section 14. Pure.
 *
 * <p>A header that is no valid byte range, or that asks for more than {@link #MOST} pieces, is ignored, as the RFC
 * allows: the answer is the whole. So is the end of an empty blob, for which no {@code Content-Range} could be written.
 */
final class Ranges {
    /** The most pieces that one answer has, after neighbours were joined. */
    static final int MOST = 16;

    /** Pieces with a smaller gap are sent as one: the head of a part costs about as much. */
    static final int SMALLEST_GAP = 80;

    private static final String UNIT = "bytes=";

    private Ranges() {}

    /** What to answer. */
    sealed interface Answer {}

    /** All of it, status 200. */
    record Whole() implements Answer {}

    /** Status 206 with these pieces, one or more, none of them empty. */
    record Parts(List<ByteRange> ranges) implements Answer {
        public Parts {
            ranges = List.copyOf(ranges);
        }
    }

    /** Status 416: not one of the pieces lies in the blob. */
    record Unsatisfiable() implements Answer {}

    /**
     * Reads a {@code Range} header's value.
     *
     * @param header the value, or {@code null} if the request has none
     * @param length the blob's length in bytes
     */
    static Answer resolve(String header, long length) {
        if (header == null || !header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return new Whole();
        }
        List<ByteRange> satisfiable = new ArrayList<>();
        boolean any = false;
        boolean wantsEnd = false;
        for (String piece : header.substring(UNIT.length()).split(",", -1)) {
            String spec = piece.strip();
            if (spec.isEmpty()) {
                continue;
            }
            Optional<ByteRange> range = one(spec, length);
            if (range.isEmpty()) {
                return new Whole();
            }
            any = true;
            wantsEnd |= spec.startsWith("-") && !spec.matches("-0+");
            if (range.get().length() > 0) {
                satisfiable.add(range.get());
            }
        }
        if (!any) {
            return new Whole();
        }
        if (satisfiable.isEmpty()) {
            return wantsEnd ? new Whole() : new Unsatisfiable();
        }
        List<ByteRange> joined = join(satisfiable);
        return joined.size() > MOST ? new Whole() : new Parts(joined);
    }

    /** One range-spec: nothing if it is malformed, an empty range if it is well-formed but not satisfiable. */
    private static Optional<ByteRange> one(String spec, long length) {
        int dash = spec.indexOf('-');
        if (dash < 0) {
            return Optional.empty();
        }
        String first = spec.substring(0, dash);
        String last = spec.substring(dash + 1);
        if (first.isEmpty()) {
            return number(last).map(suffix -> suffix(suffix, length));
        }
        Optional<Long> from = number(first);
        Optional<Long> to = last.isEmpty() ? Optional.of(Long.MAX_VALUE) : number(last);
        if (from.isEmpty() || to.isEmpty() || to.get() < from.get()) {
            return Optional.empty();
        }
        if (from.get() >= length) {
            return Optional.of(new ByteRange(0, 0));
        }
        long end = Math.min(to.get(), length - 1) + 1;
        return Optional.of(new ByteRange(from.get(), end - from.get()));
    }

    private static ByteRange suffix(long wanted, long length) {
        long taken = Math.min(wanted, length);
        return new ByteRange(length - taken, taken);
    }

    /** A run of decimal digits, cut off at the greatest long; nothing if it is anything else. */
    private static Optional<Long> number(String digits) {
        if (digits.isEmpty()) {
            return Optional.empty();
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return Optional.empty();
            }
            value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
        }
        return Optional.of(value);
    }

    /** Keeps the order of the request unless pieces overlap or nearly touch: then sorts and joins those. */
    private static List<ByteRange> join(List<ByteRange> asked) {
        List<ByteRange> sorted = new ArrayList<>(asked);
        sorted.sort(Comparator.comparingLong(ByteRange::offset));
        List<ByteRange> joined = new ArrayList<>();
        for (ByteRange range : sorted) {
            ByteRange before = joined.isEmpty() ? null : joined.getLast();
            if (before != null && range.offset() - before.end() < SMALLEST_GAP) {
                long end = Math.max(before.end(), range.end());
                joined.set(joined.size() - 1, new ByteRange(before.offset(), end - before.offset()));
            } else {
                joined.add(range);
            }
        }
        return joined.size() == asked.size() ? asked : joined;
    }

    /** A {@code Content-Range} value. */
    static String contentRange(ByteRange range, long length) {
        return "bytes " + range.offset() + "-" + (range.end() - 1) + "/" + length;
    }
}
