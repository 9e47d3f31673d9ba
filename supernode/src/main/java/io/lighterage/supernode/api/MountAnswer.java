package io.lighterage.supernode.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.blockdev.mount.MountProgress;

/**
 * A line of the answer to {@code POST /api/v1/mounts}: one of the three is there. The last line has {@code mounted} or
 * {@code error}.
 *
 * @param progress how far the mount is
 * @param mounted where the image is mounted now
 * @param error why it is not
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MountAnswer(MountProgress progress, ImageStatus.Mount mounted, String error) {
    static MountAnswer of(MountProgress progress) {
        return new MountAnswer(progress, null, null);
    }

    static MountAnswer of(ImageStatus.Mount mounted) {
        return new MountAnswer(null, mounted, null);
    }

    static MountAnswer failed(String why) {
        return new MountAnswer(null, null, why);
    }
}
