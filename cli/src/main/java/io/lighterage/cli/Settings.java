package io.lighterage.cli;

import io.lighterage.peer.content.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the flags and the configuration file of one process say, as text by key, flags winning. The name of a flag
 * without its dashes is the key in the file, and both are read by the same functions; each value remembers where it
 * stands, so that an error can name it.
 */
final class Settings {
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

    private static final long MOST_SECONDS = 366L * 24 * 3600;

    private final Map<String, Value> values = new LinkedHashMap<>();
    private final Map<String, Map<String, Value>> maps = new LinkedHashMap<>();

    /** A value and where it stands: a flag, or a key of {@code file}. */
    record Value(String text, String origin, boolean flag) {
        InvalidSettingException refuse(String why) {
            String message = origin + ": " + why;
            return flag ? InvalidSettingException.ofFlag(message) : InvalidSettingException.ofFile(message, null);
        }
    }

    /** Takes a flag's value over what the file has; {@code null} is a flag that was not given. */
    Settings flag(String key, String text) {
        if (text != null) {
            values.put(key, new Value(text, "--" + key, true));
        }
        return this;
    }

    /** Takes flags of the form {@code NAME=URL} over the file's entries of the same name. */
    Settings flags(String key, List<String> pairs) {
        return flags(key, "URL", pairs);
    }

    /**
     * Takes flags of the form {@code NAME=VALUE} over the file's entries of the same name; {@code form} is what a value
     * is.
     */
    Settings flags(String key, String form, List<String> pairs) {
        for (String pair : pairs == null ? List.<String>of() : pairs) {
            int equals = pair.indexOf('=');
            if (equals <= 0 || equals == pair.length() - 1) {
                throw InvalidSettingException.ofFlag("--" + key + ": " + Quoted.of(pair) + " is not NAME=" + form);
            }
            maps.computeIfAbsent(key, k -> new LinkedHashMap<>())
                    .put(pair.substring(0, equals), new Value(pair.substring(equals + 1), "--" + key, true));
        }
        return this;
    }

    /** Takes a value of {@code file}. */
    void entry(Path file, String key, String text) {
        values.put(key, new Value(text, file + ": " + key, false));
    }

    /** Takes an entry of a map in {@code file}. */
    void entry(Path file, String key, String name, String text) {
        maps.computeIfAbsent(key, k -> new LinkedHashMap<>())
                .put(name, new Value(text, file + ": " + key + "." + name, false));
    }

    /** The value of {@code key} as {@code read} has it, which refuses by {@link IllegalArgumentException}. */
    <T> Optional<T> get(String key, Function<String, T> read) {
        return Optional.ofNullable(values.get(key)).map(value -> apply(value, read));
    }

    /** The value of {@code key}, without which the process cannot run. */
    <T> T require(String key, Function<String, T> read) {
        return get(key, read)
                .orElseThrow(() -> InvalidSettingException.ofFlag(
                        "--" + key + " is missing (or " + key + ": in the file of --config)"));
    }

    /** The entries of the map {@code key}, in order. */
    <T> Map<String, T> map(String key, Function<String, T> read) {
        Map<String, T> answer = new LinkedHashMap<>();
        maps.getOrDefault(key, Map.of()).forEach((name, value) -> answer.put(name, apply(value, read)));
        return answer;
    }

    private static <T> T apply(Value value, Function<String, T> read) {
        try {
            return read.apply(value.text());
        } catch (IllegalArgumentException e) {
            throw value.refuse(e.getMessage());
        }
    }

    /** Reads the base URL of an HTTP service; a slash at its end is dropped. */
    static URI url(String text) {
        URI url;
        try {
            url = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not a URL", e);
        }
        boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!http || url.getHost() == null || url.getUserInfo() != null || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not a URL such as http://10.0.0.1:8100");
        }
        return url;
    }

    /** Reads base URLs of HTTP services, separated by commas. */
    static List<URI> urls(String text) {
        return Stream.of(text.split(",", -1)).map(Settings::url).toList();
    }

    /** Reads the name of a rack or zone: at most 63 letters, digits, dots, dashes and underscores. */
    static String label(String text) {
        if (!LABEL.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    Quoted.of(text) + " is not a name of 1 to 63 letters, digits, dots, dashes and underscores");
        }
        return text;
    }

    /** Reads a host's name or address, without a port. */
    static String host(String text) {
        boolean bareSix = text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("[");
        try {
            return HostPort.parse((bareSix ? "[" + text + "]" : text) + ":0").host();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not the name or address of a host", e);
        }
    }

    /** Reads how many of something there may be: 1 to 10000. */
    static int count(String text) {
        if (!text.matches("[1-9][0-9]{0,3}|10000")) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not a number from 1 to 10000");
        }
        return Integer.parseInt(text);
    }

    /** Reads a path. */
    static Path path(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("the path is empty");
        }
        return Path.of(text);
    }

    /** Reads bytes a second: a whole number, perhaps with {@code k}, {@code M} or {@code G} for powers of 1000. */
    static long rate(String text) {
        return amount(text, "a number of bytes a second such as 20M");
    }

    /** Reads bytes as {@link #rate} does. */
    static long size(String text) {
        return amount(text, "a number of bytes such as 20G");
    }

    private static long amount(String text, String what) {
        int scale = text.isEmpty() ? -1 : "kMG".indexOf(text.charAt(text.length() - 1));
        String digits = scale < 0 ? text : text.substring(0, text.length() - 1);
        if (!digits.matches("[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not " + what);
        }
        return Long.parseLong(digits) * (long) Math.pow(1000, scale + 1);
    }

    /** Reads {@code true} or {@code false}. */
    static boolean yes(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(Quoted.of(text) + " is neither true nor false");
        };
    }

    /** Reads a span of whole seconds, at most a year; 0 too. */
    static Duration seconds(String text) {
        if (!text.matches("[0-9]{1,8}") || Long.parseLong(text) > MOST_SECONDS) {
            throw new IllegalArgumentException(
                    Quoted.of(text) + " is not a number of seconds, at most " + MOST_SECONDS);
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** Reads a span of whole seconds, 1 at least. */
    static Duration deadline(String text) {
        Duration span = seconds(text);
        if (!span.isPositive()) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not 1 second or more");
        }
        return span;
    }
}
