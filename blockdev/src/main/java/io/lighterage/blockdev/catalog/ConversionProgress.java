package io.lighterage.blockdev.catalog;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * How far a supernode is with an image, with its conversion to a device or its mere transfer: JSON of the supernode's
 * API. Fields may be added; readers ignore those that they do not know.
 *
 * @param image the image as it was asked for
 * @param platform its platform
 * @param lazy whether it is converted to a device, or only brought in
 * @param manifest the digest of its manifest; empty while it is not known
 * @param state what is being done
 * @param layers number of its layers; 0 while they are not known
 * @param layersDone number of layers that are done
 * @param bytes compressed bytes of layers that are done or were read by now
 * @param totalBytes compressed bytes of all layers
 * @param error why it failed; empty unless {@code state} is {@link State#FAILED}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ConversionProgress(
        String image,
        String platform,
        boolean lazy,
        String manifest,
        State state,
        int layers,
        int layersDone,
        long bytes,
        long totalBytes,
        String error) {
    /** What is being done. */
    public enum State {
        /** Its manifest is being read. */
        RESOLVING,
        /** Its layers are being read and, for a device, flattened. */
        LAYERS,
        /** Its metadata are being written. */
        METADATA,
        /** Its device, or all of its blobs, are there. */
        READY,
        /** It failed; asked for again, it is tried again after a while. */
        FAILED
    }

    /** Whether nothing more happens: it is ready or has failed. */
    @JsonIgnore
    public boolean isOver() {
        return state == State.READY || state == State.FAILED;
    }
}
