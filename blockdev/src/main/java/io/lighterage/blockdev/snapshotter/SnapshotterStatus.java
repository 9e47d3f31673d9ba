package io.lighterage.blockdev.snapshotter;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * What a snapshotter holds and decided. Fields may be added; readers ignore those that they do not know.
 *
 * @param snapshots number of snapshots
 * @param remoteLayers how many of them are layers that were never unpacked
 * @param lazy how often an image was opened lazily, since the start
 * @param eager how often an image or layer was left to the ordinary pull, since the start
 * @param built how often layers were put together on this node, since the start
 * @param refused how many calls ended with an error, since the start; the promise of a remote layer is none
 * @param choices what was decided about the last images, the last one at the end
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SnapshotterStatus(
        int snapshots, int remoteLayers, long lazy, long eager, long built, long refused, List<Choice> choices) {
    public SnapshotterStatus {
        choices = choices == null ? List.of() : List.copyOf(choices);
    }

    /**
     * What was decided about an image.
     *
     * @param lazy whether it was opened lazily
     * @param reason why not, or empty
     * @param atMs when, in ms since the epoch
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Choice(String image, boolean lazy, String reason, long atMs) {}
}
