package io.lighterage.supernode.upstream;

/**
 * What a client of registries has done since it was made.
 *
 * @param requests HTTP requests sent, retries and redirects included
 * @param retries how many of them repeated a failed one
 * @param resumed how many bodies broke and were gone on with
 * @param bytes bytes of bodies received
 * @param tokens tokens fetched
 * @param limited requests not sent, because the registry had told a time before which it will not be asked
 */
public record UpstreamStatistics(long requests, long retries, long resumed, long bytes, long tokens, long limited) {}
