package io.lighterage.supernode.upstream;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One challenge of a {@code WWW-Authenticate} header (RFC 9110, section 11.6.1).
 *
 * @param scheme the scheme in lower case, {@code bearer} or {@code basic} for those that are understood
 * @param parameters its parameters, names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final int LONGEST = 16 << 10;
    private static final Pattern SCHEME =
            Pattern.compile("\\G[\\s,]*([A-Za-z][A-Za-z0-9_-]*)(?:\\s+|\\s*$|\\s*(?=,))(?!\\s*=)");
    private static final Pattern PARAMETER =
            Pattern.compile("\\G[\\s,]*([A-Za-z][A-Za-z0-9_-]*)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]+))");

    /** Every challenge of these header values, in order; what cannot be understood ends its value. */
    static List<Challenge> parse(List<String> values) {
        List<Challenge> challenges = new ArrayList<>();
        for (String value : values) {
            if (value.length() <= LONGEST) {
                parse(value, challenges);
            }
        }
        return challenges;
    }

    private static void parse(String value, List<Challenge> challenges) {
        int at = 0;
        Map<String, String> parameters = null;
        while (at < value.length()) {
            Matcher parameter = PARAMETER.matcher(value).region(at, value.length());
            Matcher scheme = SCHEME.matcher(value).region(at, value.length());
            if (parameters != null && parameter.find()) {
                String text = parameter.group(2) != null
                        ? parameter.group(2).replaceAll("\\\\(.)", "$1") : parameter.group(3);
                parameters.putIfAbsent(parameter.group(1).toLowerCase(Locale.ROOT), text);
                at = parameter.end();
            } else if (scheme.find()) {
                parameters = new LinkedHashMap<>();
                challenges.add(new Challenge(scheme.group(1).toLowerCase(Locale.ROOT), parameters));
                at = scheme.end();
            } else {
                return;
            }
        }
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }
}
