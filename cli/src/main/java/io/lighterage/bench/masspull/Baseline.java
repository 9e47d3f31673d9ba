package io.lighterage.bench.masspull;

/** Other means for the same pull, to compare with. */
public enum Baseline {
    /** Every host pulls from the registry. */
    UPSTREAM("upstream"),

    /** Every host pulls from a docker-registry that is a pull-through cache and stands where the supernode stands. */
    PULL_THROUGH("pull-through"),

    /** A BitTorrent swarm of aria2 with its first seeder and a tracker beside the registry. */
    ARIA2("aria2");

    private final String given;

    Baseline(String given) {
        this.given = given;
    }

    /** As users write it. */
    @Override
    public String toString() {
        return given;
    }
}
