package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/**
 * All that a simulation depends on: the same setting takes the same course.
 *
 * @param tolerance relative change of a link's share that is not told on to other links, 0 to 0.1
 * @param deadlineNs simulated time after which the simulation ends as it is
 */
public record Setting(
        Datacenter datacenter,
        Image image,
        Load load,
        Faults faults,
        Costs costs,
        long seed,
        double tolerance,
        long deadlineNs) {
    /** Neighbours that a host has on average, both ways; for the estimate of the memory only. */
    private static final int NEIGHBOURS = 30;

    public Setting {
        require(tolerance >= 0 && tolerance <= 0.1, "tolerance: " + tolerance + " is not from 0 to 0.1");
        require(deadlineNs >= 1_000_000_000L && deadlineNs <= 7_000_000_000_000L, "deadline: not from 1 to 7000 s");
        if (load instanceof Load.ColdStart start) {
            require(start.trace().end() <= image.bytes(),
                    "trace: reads at byte " + start.trace().end() + " of an image of " + image.bytes() + " bytes");
            require(start.metadataBytes() <= image.bytes(), "metadata-mib: larger than the image");
            require(image.layers() == 1, "layers: a device is one blob here, not " + image.layers());
        }
    }

    /** Upper bound of the heap that the simulation needs, in bytes. */
    public long memoryBytes() {
        long chunks = (long) image.chunksOfLayer() * image.layers();
        long perHost = 12_000 + chunks * (Integer.BYTES + Long.BYTES) + chunks / 8 * (NEIGHBOURS + 6);
        return 64_000_000 + datacenter.hosts() * perHost * 5 / 4;
    }
}
