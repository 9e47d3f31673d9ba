package io.lighterage.cli.demo;

/**
 * What one pull took.
 *
 * @param firstByteNs nanoseconds from its start to the first byte of a layer
 * @param totalNs nanoseconds from its start to the last verified byte
 * @param bytes bytes of manifest, config and layers
 */
record PullResult(long firstByteNs, long totalNs, long bytes) {}
