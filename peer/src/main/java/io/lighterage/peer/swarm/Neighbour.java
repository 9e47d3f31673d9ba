package io.lighterage.peer.swarm;

/** Another host as a source of chunks: how near it is and how busy it is kept. */
public final class Neighbour {
    /** How far a host is; nearer ones are asked first. */
    public enum Distance {
        SAME_RACK,
        SAME_ZONE,
        FAR;

        /** The distance between two hosts by the names of their racks and zones; an empty name matches nothing. */
        public static Distance between(String rackA, String zoneA, String rackB, String zoneB) {
            boolean sameZone = zoneA.equals(zoneB);
            if (sameZone && !rackA.isEmpty() && rackA.equals(rackB)) {
                return SAME_RACK;
            }
            return sameZone && !zoneA.isEmpty() ? SAME_ZONE : FAR;
        }
    }

    private final Object id;
    private final Distance distance;
    private final boolean supernode;
    private final boolean outside;
    long blockedUntilNs = Long.MIN_VALUE;

    /** Where it is connected, if it is, and at which place there. */
    Neighbourhood hood;

    int place;

    /**
     * @param id whatever the caller knows the host by
     * @param supernode whether it is the supernode, which is asked for a certain chunk only where no node can help
     */
    public Neighbour(Object id, Distance distance, boolean supernode) {
        this(id, distance, supernode, false);
    }

    /**
     * @param id whatever the caller knows the host by
     * @param supernode whether it is the supernode
     * @param outside whether it stands in another rack or zone, so that what it sends takes links that many share
     */
    public Neighbour(Object id, Distance distance, boolean supernode, boolean outside) {
        this.outside = outside;
        this.id = id;
        this.distance = distance;
        this.supernode = supernode;
    }

    /** Whatever the caller knows the host by. */
    public Object id() {
        return id;
    }

    /** Whether it is the supernode. */
    public boolean isSupernode() {
        return supernode;
    }

    boolean isOutside() {
        return outside;
    }

    /** How many chunks it was asked for and has not answered. */
    public int outstanding() {
        return hood == null ? 0 : hood.outstandingAt(place);
    }

    Distance distance() {
        return distance;
    }

    boolean isBlocked(long nowNs) {
        return nowNs < blockedUntilNs;
    }

    /** Asks it for nothing before {@code untilNs}: it said that it is busy, or it is late. */
    public void block(long untilNs) {
        blockedUntilNs = Math.max(blockedUntilNs, untilNs);
        if (hood != null) {
            hood.block(this, blockedUntilNs);
        }
    }

    /** {@link Neighbourhood#overtakenAt} of the hosts among which it is. */
    long overtakenAt() {
        return hood == null ? 0 : hood.overtakenAt();
    }

    void asked() {
        if (hood != null) {
            hood.asked(this);
        }
    }

    /** It has sent a chunk {@code ns} after it was asked for it. */
    void sent(long ns, long nowNs) {
        if (hood != null) {
            hood.sent(this, ns, nowNs);
        }
    }

    void answered() {
        if (hood != null) {
            hood.answered(this);
        }
    }
}
