package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/** What the hosts are asked to do. */
public sealed interface Load {
    /**
     * Every host pulls the whole image.
     *
     * @param parallel layers that a host pulls at a time, 1 or more
     * @param spreadNs within which hosts begin, evenly distributed
     * @param batch so many hosts at a time, the next ones when these are done; 0 for all at once
     */
    record MassPull(int parallel, long spreadNs, int batch) implements Load {
        public MassPull {
            require(parallel >= 1 && parallel <= 64, "parallel: " + parallel + " is not from 1 to 64");
            require(spreadNs >= 0 && spreadNs <= 3_600_000_000_000L, "spread-ms is not from 0 to 3600000");
            require(batch >= 0, "batch: " + batch + " is not 0 or more");
        }
    }

    /**
     * Containers start and read what their trace says of a device that is filled as it is read; the first layer stands
     * for the file system's metadata, which has to be there as a whole first.
     *
     * @param containers on all hosts together, dealt out in turn; 1 to 10 million
     * @param trace what each reads
     * @param background whether the rest of the device is pulled meanwhile, as nodes do
     * @param ahead whether the trace is known and fetched ahead of the reads
     * @param metadataBytes first bytes of the image that must be there before the mount
     * @param spreadNs within which containers begin, evenly distributed
     */
    record ColdStart(
            int containers, Trace trace, boolean background, boolean ahead, long metadataBytes, long spreadNs)
            implements Load {
        public ColdStart {
            require(containers >= 1 && containers <= 10_000_000,
                    "containers: " + containers + " is not from 1 to 10000000");
            require(metadataBytes >= 0, "metadata-mib is not 0 or more");
            require(spreadNs >= 0 && spreadNs <= 3_600_000_000_000L, "spread-ms is not from 0 to 3600000");
        }
    }
}
