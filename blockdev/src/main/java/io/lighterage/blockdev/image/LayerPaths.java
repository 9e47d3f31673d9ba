package io.lighterage.blockdev.image;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Paths as layers write them. They are cleaned as text first, as umoci and containerd do: {@code ..} never leads above
 * the root, absolute paths begin at it, and {@code a/../b} is {@code b} whatever {@code a} is.
 */
final class LayerPaths {
    /** Longest path that Linux takes, and longest target of a symbolic link ({@code PATH_MAX} without its NUL). */
    static final int LONGEST_PATH = 4095;

    /** Longest name in a directory ({@code NAME_MAX}). */
    static final int LONGEST_NAME = 255;

    private LayerPaths() {}

    /** The clean form of a path. */
    static String clean(String path) throws TarException {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                checkName(part);
                parts.addLast(part);
            }
        }
        String clean = String.join("/", parts);
        checkLength(clean.length());
        return clean;
    }

    /** Refuses a path that Linux would not take. */
    static void checkLength(int length) throws TarException {
        if (length > LONGEST_PATH) {
            throw new TarException("a path of " + length + " bytes is longer than Linux allows (" + LONGEST_PATH + ")");
        }
    }

    static void checkName(String name) throws TarException {
        if (name.length() > LONGEST_NAME) {
            throw new TarException(
                    "a name of " + name.length() + " bytes is longer than Linux allows (" + LONGEST_NAME + ")");
        }
    }

    /** What comes before the last slash, {@code ""} without one. */
    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /** What comes after the last slash. */
    static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
