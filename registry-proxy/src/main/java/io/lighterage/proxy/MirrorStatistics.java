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
 * @param rejected number of requests and connections turned away before anything was looked up, by reason:
 *     {@code malformed}, {@code body} (a GET with one), {@code slow}, {@code crowd} (too many connections), {@code push}
 */
public record MirrorStatistics(
        Map<RouteStatus, Long> requests,
        long bytesOut,
        int active,
        long staleTags,
        long brokenOff,
        Map<String, Long> rejected) {
    public MirrorStatistics {
        rejected = Map.copyOf(rejected);
        requests = Map.copyOf(requests);
    }

    /**
     * What is counted apart.
     *
     * @param route {@code base}, {@code manifest}, {@code blob}, {@code tags}, {@code referrers}, {@code upload} or
     *     {@code other}
     * @param status the HTTP status
     */
    public record RouteStatus(String route, int status) {}
}
