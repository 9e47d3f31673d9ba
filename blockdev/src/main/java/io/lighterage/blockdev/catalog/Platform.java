package io.lighterage.blockdev.catalog;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The platform of an image, as the OCI image index names it.
 *
 * @param os such as {@code linux}
 * @param architecture such as {@code amd64}
 * @param variant such as {@code v8}; empty for any
 */
public record Platform(String os, String architecture, Optional<String> variant) {
    private static final Pattern PART = Pattern.compile("[a-z0-9_.-]{1,32}");

    public Platform {
        check(os);
        check(architecture);
        variant.ifPresent(Platform::check);
    }

    private static void check(String part) {
        if (!PART.matcher(part).matches()) {
            throw new IllegalArgumentException(
                    "a platform is os/architecture[/variant] in lower case, such as linux/amd64");
        }
    }

    /**
     * Reads {@code os/architecture[/variant]}.
     *
     * @throws IllegalArgumentException if {@code text} is not that
     */
    public static Platform parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException(
                    "a platform is os/architecture[/variant] in lower case, such as linux/amd64");
        }
        return new Platform(parts[0], parts[1], parts.length == 3 ? Optional.of(parts[2]) : Optional.empty());
    }

    /** Linux on this machine's architecture. */
    public static Platform host() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String name = switch (arch) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> arch;
        };
        return new Platform("linux", name, Optional.empty());
    }

    /** {@code os/architecture[/variant]}. */
    @Override
    public String toString() {
        return os + "/" + architecture + variant.map(v -> "/" + v).orElse("");
    }
}
