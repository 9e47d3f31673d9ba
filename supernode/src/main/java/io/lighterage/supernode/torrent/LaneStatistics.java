package io.lighterage.supernode.torrent;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What the lane does and has done.
 *
 * @param connections clients connected now
 * @param loaded torrents that the library seeds now
 * @param peers clients that the tracker knows now
 * @param bytesSent bytes of blocks that clients asked for and were let through to
 * @param refused connections that were refused or dropped for what they sent
 * @param stalled connections that were dropped because they took nothing
 * @param refusedRequests requests for torrents and announces that were refused
 * @param libraryStarts how often the library was loaded
 * @param libraryHangs how often it answered nobody and was replaced
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record LaneStatistics(
        int connections,
        int loaded,
        int peers,
        long bytesSent,
        long refused,
        long stalled,
        long refusedRequests,
        int libraryStarts,
        int libraryHangs) {}
