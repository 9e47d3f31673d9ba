package io.lighterage.supernode.trace;

/**
 * What became of traces since the start, as numbers.
 *
 * @param learned traces that were merged
 * @param refused traces that could not be used: malformed, or of chunks that their image does not have
 * @param given times that an image's own trace was told
 * @param composed times that one made of other images' traces was told
 * @param unknown times that nothing was known
 */
public record TraceStatistics(long learned, long refused, long given, long composed, long unknown) {}
