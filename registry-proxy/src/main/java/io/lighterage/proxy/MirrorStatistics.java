package io.lighterage.proxy;

import java.util.Map;

/**
 * What a mirror has done since it started.
 *
 * @param requests number of answers sent, by route and status
 * @param bytesOut bytes of bodies sent
 * @param active number of requests being answered now
 * @param staleTags number of tags served stale because upstream was down
 * @param brokenOff number of blobs whose connection was reset midway because their bytes did not come
 */
public record MirrorStatistics(
        Map<RouteStatus, Long> requests, long bytesOut, int active, long staleTags, long brokenOff) {
    public MirrorStatistics {
        requests = Map.copyOf(requests);
    }

    /**
     * What is counted apart.
     *
     * @param route {@code base}, {@code manifest}, {@code blob}, {@code tags}, {@code referrers} or {@code other}
     * @param status the HTTP status
     */
    public record RouteStatus(String route, int status) {}
}
