package io.lighterage.bench.start;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who runs the containers of a measurement. */
public enum Engine {
    /** containerd and runc; what is lazy comes by the node's snapshotter. */
    CONTAINERD,
    /** Nobody but the kernel; what is lazy is mounted by the node, as by {@code lighter mount}. */
    NONE;

    /** As it is given on the command line and shown. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The engine of that label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Engine of(String label) {
        return Arrays.stream(values())
                .filter(engine -> engine.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("an engine is one of "
                        + Arrays.stream(values()).map(Engine::label).collect(Collectors.joining(", "))
                        + ", not " + label));
    }
}
