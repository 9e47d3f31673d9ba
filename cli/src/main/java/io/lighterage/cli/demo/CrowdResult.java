package io.lighterage.cli.demo;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * What a crowd of pulls took and moved.
 *
 * @param pulls one for each node, at least one
 * @param fromUpstream bytes that the registry sent
 * @param fromSupernode bytes that the supernode sent, where there was one
 * @param betweenNodes bytes that nodes sent to each other, where they did
 */
record CrowdResult(
        List<PullResult> pulls, long fromUpstream, OptionalLong fromSupernode, OptionalLong betweenNodes) {
    CrowdResult {
        pulls = List.copyOf(pulls);
    }

    /** Bytes of the image. */
    long imageBytes() {
        return pulls.getFirst().bytes();
    }

    long medianFirstByteNs() {
        return median(PullResult::firstByteNs);
    }

    long medianNs() {
        return median(PullResult::totalNs);
    }

    long lastNs() {
        return pulls.stream().mapToLong(PullResult::totalNs).max().orElseThrow();
    }

    /** The middle one, or the mean of the two in the middle. */
    private long median(ToLongFunction<PullResult> of) {
        long[] sorted = pulls.stream().mapToLong(of).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
