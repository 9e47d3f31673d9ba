package io.lighterage.blockdev.snapshotter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * containerd's language of filters (package pkg/filters of containerd):
 *
 * <pre>
 * selectors := selector ("," selector)*
 * selector  := fieldpath (operator value)?
 * fieldpath := field ("." field)*
 * field     := quoted | [A-Za-z0-9_]+
 * operator  := "==" | "!=" | "~="
 * value     := quoted | any but space and comma
 * quoted    := a string of Go between double quotes, or a regular expression between slashes or bars
 * </pre>
 *
 * <p>A snapshot fits a text if it fits all selectors of it. Its fields are {@code name}, {@code parent}, {@code kind}
 * and {@code labels.NAME}. A field without operator must be there.
 */
final class SnapshotFilter {
    private final String text;
    private int at;

    private SnapshotFilter(String text) {
        this.text = text;
    }

    /** Fits what any of {@code texts} fits, or everything if there are none. */
    static Predicate<SnapshotInfo> any(List<String> texts) throws SnapshotException {
        if (texts.isEmpty()) {
            return info -> true;
        }
        Predicate<SnapshotInfo> any = info -> false;
        for (String text : texts) {
            any = any.or(text.isEmpty() ? info -> true : new SnapshotFilter(text).selectors());
        }
        return any;
    }

    private Predicate<SnapshotInfo> selectors() throws SnapshotException {
        Predicate<SnapshotInfo> all = selector();
        while (skipSpace()) {
            if (text.charAt(at) != ',') {
                throw error("expected a comma");
            }
            at++;
            all = all.and(selector());
        }
        return all;
    }

    private Predicate<SnapshotInfo> selector() throws SnapshotException {
        List<String> path = new ArrayList<>(List.of(field()));
        while (skipSpace() && text.charAt(at) == '.') {
            at++;
            path.add(field());
        }
        if (!skipSpace() || text.charAt(at) == ',') {
            return info -> value(info, path).isPresent();
        }
        String operator = at + 2 <= text.length() ? text.substring(at, at + 2) : "";
        at += 2;
        return switch (operator) {
            case "==" -> {
                String wanted = value(false);
                yield info -> value(info, path).filter(wanted::equals).isPresent();
            }
            case "!=" -> {
                String unwanted = value(false);
                yield info -> !value(info, path).orElse("").equals(unwanted);
            }
            case "~=" -> {
                Pattern pattern = pattern();
                yield info -> pattern.matcher(value(info, path).orElse("")).find();
            }
            default -> {
                at -= 2;
                throw error("expected ==, != or ~=");
            }
        };
    }

    private Pattern pattern() throws SnapshotException {
        String expression = value(true);
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw error("not a regular expression: " + e.getDescription());
        }
    }

    private static Optional<String> value(SnapshotInfo info, List<String> path) {
        return switch (path.getFirst()) {
            case "name" -> Optional.of(info.name());
            case "parent" -> Optional.of(info.parent());
            case "kind" -> Optional.of(info.kind().text());
            case "labels" -> Optional.ofNullable(info.labels().get(String.join(".", path.subList(1, path.size()))));
            default -> Optional.empty();
        };
    }

    private String field() throws SnapshotException {
        if (!skipSpace()) {
            throw error("expected a field");
        }
        if (text.charAt(at) == '"') {
            return quoted();
        }
        int begin = at;
        while (at < text.length() && isFieldCharacter(text.charAt(at))) {
            at++;
        }
        if (at == begin) {
            throw error("expected a field");
        }
        return text.substring(begin, at);
    }

    private static boolean isFieldCharacter(char c) {
        return c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
    }

    private String value(boolean expression) throws SnapshotException {
        if (!skipSpace()) {
            throw error("expected a value");
        }
        char first = text.charAt(at);
        if (first == '"' || expression && (first == '/' || first == '|')) {
            return quoted();
        }
        int begin = at;
        while (at < text.length() && text.charAt(at) != ',' && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        if (at == begin || first == '/' || first == '|') {
            throw error("expected a value");
        }
        return text.substring(begin, at);
    }

    private String quoted() throws SnapshotException {
        char quote = text.charAt(at);
        StringBuilder value = new StringBuilder();
        for (at++; at < text.length(); ) {
            char c = text.charAt(at++);
            if (c == quote) {
                return value.toString();
            }
            if (c == '\\') {
                value.appendCodePoint(escape(quote));
            } else {
                value.append(c);
            }
        }
        throw error("the quoted text does not end");
    }

    private int escape(char quote) throws SnapshotException {
        if (at == text.length()) {
            throw error("the quoted text does not end");
        }
        char c = text.charAt(at++);
        int named = "abfnrtv\\".indexOf(c);
        if (named >= 0) {
            return "\u0007\b\f\n\r\t\u000b\\".charAt(named);
        }
        if (c == quote) {
            return quote;
        }
        return switch (c) {
            case 'x' -> digits(2, 16);
            case 'u' -> digits(4, 16);
            case 'U' -> digits(8, 16);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                at--;
                yield digits(3, 8);
            }
            default -> throw error("unknown escape \\" + c);
        };
    }

    private int digits(int count, int radix) throws SnapshotException {
        int end = Math.min(text.length(), at + count);
        try {
            int value = Integer.parseUnsignedInt(text, at, end, radix);
            if (end - at == count && Character.isValidCodePoint(value)) {
                at = end;
                return value;
            }
        } catch (NumberFormatException e) {
            throw error("expected " + count + " digits: " + e.getMessage());
        }
        throw error("expected " + count + " digits of a character");
    }

    /** Goes over white space; whether anything follows. */
    private boolean skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length();
    }

    private SnapshotException error(String why) {
        int end = Math.min(at, text.length());
        return SnapshotException.invalid(
                "filters: parse error: [" + text.substring(0, end) + " >|<" + text.substring(end) + "]: " + why);
    }
}
