package io.lighterage.peer.content;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image: {@code [registry/]repository[:tag][@digest]}.
 *
 * <p>Short names are completed as Docker does: without a registry it is {@code docker.io}, whose
 * one-part repositories live under {@code library/}; without tag and digest the tag is {@code latest}.
 *
 * @param repository where the image lives
 * @param tag its tag, if named
 * @param digest its manifest's digest, if named; it wins over the tag
 */
public record ImageReference(Repository repository, Optional<String> tag, Optional<Digest> digest) {
    /** The registry of names without one. */
    public static final String DEFAULT_REGISTRY = "docker.io";

    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    private static final int LONGEST = 1024;

    /** Whether {@code text} can be a tag: a letter, digit or underscore and up to 127 more, dots and dashes too. */
    public static boolean isTag(String text) {
        return TAG.matcher(text).matches();
    }

    /**
     * Reads a reference.
     *
     * @throws InvalidReferenceException if {@code text} is not one
     */
    public static ImageReference parse(String text) {
        if (text == null || text.isEmpty() || text.length() > LONGEST) {
            throw new InvalidReferenceException(text, "it has 1 to " + LONGEST + " characters");
        }
        String rest = text;
        Optional<Digest> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            try {
                digest = Optional.of(Digest.parse(rest.substring(at + 1)));
            } catch (InvalidDigestException e) {
                throw new InvalidReferenceException(text, e.getMessage());
            }
            rest = rest.substring(0, at);
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(rest.substring(colon + 1));
            rest = rest.substring(0, colon);
            if (!isTag(tag.get())) {
                throw new InvalidReferenceException(
                        text, "a tag is up to 128 letters, digits, dots, dashes and underscores");
            }
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of("latest");
        }
        return new ImageReference(repository(text, rest), tag, digest);
    }

    private static Repository repository(String text, String rest) {
        int slash = rest.indexOf('/');
        String first = slash < 0 ? "" : rest.substring(0, slash);
        boolean named = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
        String registry = named ? first : DEFAULT_REGISTRY;
        String name = named ? rest.substring(slash + 1) : rest;
        if (registry.equals("index.docker.io")) {
            registry = DEFAULT_REGISTRY;
        }
        if (registry.equals(DEFAULT_REGISTRY) && name.indexOf('/') < 0) {
            name = "library/" + name;
        }
        try {
            return new Repository(registry, name);
        } catch (InvalidReferenceException e) {
            throw new InvalidReferenceException(text, e.getMessage());
        }
    }

    /** What to ask the registry's manifests endpoint for: the digest where there is one, else the tag. */
    public String manifest() {
        return digest.map(Digest::toString).or(() -> tag).orElse("latest");
    }

    @Override
    public String toString() {
        return repository + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
    }
}
