package io.lighterage.peer.content;

import java.util.regex.Pattern;

/**
 * A repository of a registry, the place where blobs and manifests are asked for upstream.
 *
 * @param registry the registry's name as image references have it: {@code docker.io} or {@code host[:port]}
 * @param name the repository's name by the OCI distribution specification, at most 255 characters, such as
 *     {@code library/debian}
 */
public record Repository(String registry, String name) {
    static final Pattern NAME =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*+");
    private static final Pattern REGISTRY =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?");
    private static final int LONGEST_NAME = 255;

    /** The parts that were found right last: the same come again and again, and to compare costs less than to match. */
    private static volatile String[] right = {"localhost", "a"};

    /**
     * @throws InvalidReferenceException if a part is not what the specification allows
     */
    public Repository {
        String[] before = right;
        if (!before[0].equals(registry) || !before[1].equals(name)) {
            check(registry, name);
            right = new String[] {registry, name};
        }
    }

    private static void check(String registry, String name) {
        if (registry == null || !isRegistry(registry)) {
            throw new InvalidReferenceException(registry, "a registry is a host name and perhaps a port");
        }
        if (name == null || name.length() > LONGEST_NAME || !NAME.matcher(name).matches()) {
            throw new InvalidReferenceException(
                    name,
                    "a repository is lower-case letters, digits and separators in parts between slashes, 255 at most");
        }
    }

    /** Whether {@code text} can name a registry. */
    public static boolean isRegistry(String text) {
        return right[0].equals(text)
                || text.length() <= LONGEST_NAME && REGISTRY.matcher(text).matches();
    }

    // Compared for every blob that is asked for, and a record's own comparison goes through method handles.
    @Override
    public boolean equals(Object other) {
        return other instanceof Repository(String host, String path) && registry.equals(host) && name.equals(path);
    }

    @Override
    public int hashCode() {
        return 31 * registry.hashCode() + name.hashCode();
    }

    @Override
    public String toString() {
        return registry + "/" + name;
    }
}
