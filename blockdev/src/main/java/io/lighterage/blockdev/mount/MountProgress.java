package io.lighterage.blockdev.mount;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * How far a mount is.
 *
 * @param step what is being done
 * @param done how much of it, in bytes
 * @param total how much there is, in bytes; 0 while it is not known
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record MountProgress(Step step, long done, long total) {
    /** The parts of a mount, in order. */
    public enum Step {
        /** The supernode makes the device. */
        CONVERTING,
        /** The metadata are fetched. */
        METADATA,
        /** The device is opened and mounted. */
        MOUNTING
    }
}
