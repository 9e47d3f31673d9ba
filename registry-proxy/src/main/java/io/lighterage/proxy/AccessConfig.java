package io.lighterage.proxy;

import java.time.Duration;

/**
 * How long upstream's word counts on who may read a repository.
 *
 * @param yes how long a client that upstream let in is not asked about again
 * @param no how long a refusal is repeated without asking
 * @param offline how long after upstream's last yes a client goes on reading what is cached while upstream cannot be
 *     asked
 */
public record AccessConfig(Duration yes, Duration no, Duration offline) {
    /** Five minutes, five seconds, and as long as tags are served stale. */
    public static final AccessConfig DEFAULT =
            new AccessConfig(Duration.ofMinutes(5), Duration.ofSeconds(5), MirrorConfig.STALE_LIMIT);

    public AccessConfig {
        if (!yes.isPositive() || no.isNegative() || offline.isNegative()) {
            throw new IllegalArgumentException("no time can be negative, and a yes must last: " + yes + ", " + no
                    + ", " + offline);
        }
    }

    /** The same with another time for when upstream cannot be asked; 0 serves nobody then. */
    public AccessConfig withOffline(Duration time) {
        return new AccessConfig(yes, no, time);
    }
}
