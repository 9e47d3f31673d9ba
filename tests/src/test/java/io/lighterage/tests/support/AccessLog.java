package io.lighterage.tests.support;

import io.lighterage.peer.content.Digest;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A web server's log of requests, in the "combined" format of Apache httpd that nginx and docker-registry write too.
 * Other lines in it are passed over.
 */
public record AccessLog(List<Access> accesses) {
    private static final Pattern LINE = Pattern.compile(
            "^\\S+ \\S+ \\S+ \\[[^]]*] \"(?<method>[A-Z]+) (?<path>\\S+) [^\"]*\" (?<status>\\d{3}) (?<bytes>\\d+) .*");

    /**
     * One request that was answered.
     *
     * @param bytes length of the body that was written
     */
    public record Access(String method, String path, int status, long bytes) {}

    /** Reads a log. */
    public static AccessLog parse(String log) {
        return new AccessLog(log.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> new Access(
                        line.group("method"),
                        line.group("path"),
                        Integer.parseInt(line.group("status")),
                        Long.parseLong(line.group("bytes"))))
                .toList());
    }

    /** Number of requests. */
    public int count() {
        return accesses.size();
    }

    /** Bytes of a blob that were sent, over all requests for it. */
    public long bytesSent(Digest blob) {
        return accesses.stream()
                .filter(access -> access.method().equals("GET"))
                .filter(access -> access.path().contains("/blobs/" + blob))
                .mapToLong(Access::bytes)
                .sum();
    }
}
