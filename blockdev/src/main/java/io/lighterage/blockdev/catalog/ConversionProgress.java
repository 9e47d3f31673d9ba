package io.lighterage.blockdev.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * How far an image's conversion to a device is: JSON of the supernode's API. Fields may be added; readers ignore those
 * that they do not know.
 *
 * @param image the image as it was asked for
 * @param platform its platform
 * @param manifest the digest of its manifest; empty while it is not known
 * @param state what is being done
 * @param layers number of its layers; 0 while they are not known
 * @param layersDone number of layers that are converted
 * @param bytes compressed bytes of the layers that are converted or read by now
 * @param totalBytes compressed bytes of all layers
 * @param error why it failed; empty unless {@code state} is {@link State#FAILED}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ConversionProgress(
        String image,
        String platform,
        String manifest,
        State state,
        int layers,
        int layersDone,
        long bytes,
        long totalBytes,
        String error) {
    /** What is being done. */
    public enum State {
        /** It waits for another conversion to end. */
        WAITING,
        /** Its manifest is being read. */
        RESOLVING,
        /** Its layers are being read and flattened. */
        LAYERS,
        /** Its metadata are being written. */
        METADATA,
        /** Its device is ready. */
        READY,
        /** It failed; asked for again, it is tried again after a while. */
        FAILED
    }
}
