package io.lighterage.bench.start;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How an image gets to the host before its container starts. */
public enum Mode {
    /** It is unpacked there already, by containerd, and not in memory. */
    LOCAL,
    /** containerd pulls from the registry. */
    EAGER_UPSTREAM,
    /** containerd pulls through the node's mirror, and the supernode has the image. */
    EAGER_MIRROR,
    /** From the node's device, and nobody in the datacenter has seen the image. */
    LAZY_FIRST,
    /** From the node's device, and the supernode has made it before. */
    LAZY_CONVERTED,
    /** The same, and a start of the image was recorded before. */
    LAZY_TRACE;

    /** As it is given on the command line and shown. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean isLazy() {
        return this == LAZY_FIRST || this == LAZY_CONVERTED || this == LAZY_TRACE;
    }

    /** Whether a node and a supernode take part. */
    boolean usesNode() {
        return isLazy() || this == EAGER_MIRROR;
    }

    /**
     * The mode of that label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Mode of(String label) {
        return Arrays.stream(values())
                .filter(mode -> mode.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a mode is one of "
                        + Arrays.stream(values()).map(Mode::label).collect(Collectors.joining(", "))
                        + ", not " + label));
    }
}
