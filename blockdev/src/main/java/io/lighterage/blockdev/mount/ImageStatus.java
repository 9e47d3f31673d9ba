package io.lighterage.blockdev.mount;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * An image that a node opens lazily, or has opened and holds whole. Fields may be added; readers ignore those that they
 * do not know.
 *
 * @param manifest digest of its manifest
 * @param names the references by which it was asked for
 * @param length bytes of its device
 * @param localBytes bytes of its device that are here, at the granularity of chunks
 * @param metadataBytes bytes of its file system's metadata, which are fetched before it is mounted
 * @param tracedBytes bytes fetched because a trace names them, since the node opened it
 * @param onDemandBytes bytes fetched because a read waited for them, since the node opened it
 * @param readBytes bytes that front ends read, since the node opened it
 * @param neededBytes distinct bytes of its files that front ends read, since the node opened it
 * @param readAmplification bytes fetched on demand for each byte that was read; 0 while nothing was read
 * @param waitingReads number of reads that wait now
 * @param mounts where it is mounted
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ImageStatus(
        String manifest,
        List<String> names,
        long length,
        long localBytes,
        long metadataBytes,
        long tracedBytes,
        long onDemandBytes,
        long readBytes,
        long neededBytes,
        double readAmplification,
        int waitingReads,
        List<Mount> mounts) {
    public ImageStatus {
        names = names == null ? List.of() : List.copyOf(names);
        mounts = mounts == null ? List.of() : List.copyOf(mounts);
    }

    /** Whether all of it is here. */
    public boolean isLocal() {
        return localBytes == length;
    }

    /**
     * Where an image is mounted.
     *
     * @param directory the mount point
     * @param lazy whether the node serves it; if not, the kernel reads the files of the store without the node
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Mount(String directory, boolean lazy) {}
}
