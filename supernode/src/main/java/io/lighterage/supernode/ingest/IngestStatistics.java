package io.lighterage.supernode.ingest;

/**
 * What an ingest has done since it was made.
 *
 * @param active blobs being read, or waiting for their turn
 * @param completed blobs that came in whole
 * @param failed blobs that were given up
 * @param bytes bytes of chunks that were read from upstream
 * @param bufferedBytes bytes of chunk buffers in use now
 */
public record IngestStatistics(int active, long completed, long failed, long bytes, long bufferedBytes) {}
