package io.lighterage.proxy;

/**
 * What was decided about clients since the start, as numbers of questions.
 *
 * @param allowed answered from memory: the client may read
 * @param asked put to upstream
 * @param refused answered with a refusal, upstream's or one that was remembered
 * @param offline allowed because upstream could not be asked and had allowed it before
 * @param oversized requests whose credentials were longer than any registry's
 */
public record AccessStatistics(long allowed, long asked, long refused, long offline, long oversized) {
    /** Nobody asked. */
    public static final AccessStatistics NONE = new AccessStatistics(0, 0, 0, 0, 0);
}
