package io.lighterage.peer.swarm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The nodes that hold or fetch one blob, and whom of them each is to know.
 *
 * <p>A node knows a bounded random sample of its rack; nodes without a rack count as one rack of their zone. What a
 * rack lacks comes in through a few of its nodes, its <em>gates</em>: each brings in its {@link Share} of the chunks, and
 * knows the gates of other racks that have the same share. Of a zone's gates with the same share one knows those of other
 * zones. So a chunk crosses into a rack, and into a zone, about once, however many want it there.
 *
 * <p>A third of them are any, and of a sample those that have the fewest acquaintances, for a node that many know is asked by
 * many while the links of others idle. Not safe for use by several threads.
 *
 * @param <P> what the caller knows a node by
 */
public final class Introductions<P> {
    /** How many nodes of its rack a node is told of at once. */
    public static final int SIZE = 15;

    /** How many gates elsewhere a gate is told of at once, of its zone and of other zones each. */
    private static final int FROM_AFAR = 8;

    /**
     * Most gates of a rack; there are as many as the greatest power of two that is not above this and the number of nodes,
     * so that racks of about the same size have the same shares. More gates were no faster where each chunk is let in once only.
     */
    private static final int GATES = 8;

    private static final int NO_GATE = -1;

    /**
     * What a node is to be told.
     *
     * @param nodes worth connecting to
     * @param share of its work as a gate, {@link Share#ALL} if it is none
     */
    public record Told<P>(List<P> nodes, Share share) {}

    private static final class Member<P> {
        final P node;
        final Rack<P> rack;
        final boolean reachable;
        int gate = NO_GATE;
        boolean zoneGate;
        int known;

        Member(P node, Rack<P> rack, boolean reachable) {
            this.node = node;
            this.rack = rack;
            this.reachable = reachable;
        }
    }

    private static final class Rack<P> {
        final String zone;
        final Pool<P> members = new Pool<>();

        /** By ordinal; those that there are stand before those that there are not. */
        final Member<P>[] gates;

        @SuppressWarnings("unchecked")
        Rack(String zone) {
            this.zone = zone;
            this.gates = new Member[GATES];
        }

        int gateCount() {
            int count = 0;
            while (count < GATES && gates[count] != null) {
                count++;
            }
            return count;
        }
    }

    /** Members of which some can be drawn, and any removed, in no time. */
    private static final class Pool<P> {
        final List<Member<P>> members = new ArrayList<>();
        private final Map<Member<P>, Integer> slots = new HashMap<>();

        void add(Member<P> member) {
            if (slots.putIfAbsent(member, members.size()) == null) {
                members.add(member);
            }
        }

        void remove(Member<P> member) {
            Integer slot = slots.remove(member);
            if (slot != null) {
                Member<P> last = members.removeLast();
                if (last != member) {
                    members.set(slot, last);
                    slots.put(last, slot);
                }
            }
        }

        /**
         * Up to {@code most} members but {@code self}: a third of them any, the others the least known of about twice as
         * many. The least known alone would be those who came just before, and a chunk would go from one who came early
         * to one who came late over many others.
         */
        List<Member<P>> draw(int most, Member<P> self, RandomGenerator random) {
            Set<Member<P>> drawn = new HashSet<>();
            List<Member<P>> some = new ArrayList<>();
            boolean all = members.size() <= 4 * most;
            int start = members.isEmpty() ? 0 : random.nextInt(members.size());
            for (int i = 0; i < Math.min(members.size(), 4 * most) && some.size() < 2 * most; i++) {
                Member<P> member = members.get(all ? (start + i) % members.size() : random.nextInt(members.size()));
                if (member != self && drawn.add(member)) {
                    some.add(member);
                }
            }
            int count = Math.min(most, some.size());
            some.subList(count / 3, some.size()).sort(Comparator.comparingInt(m -> m.known));
            return some.subList(0, count);
        }
    }

    private record Place(String zone, String rack) {}

    /** Gates with the same share. */
    private record Circle(String zone, int ordinal) {}

    private final RandomGenerator random;
    private final Map<P, Member<P>> members = new LinkedHashMap<>();
    private final Map<Place, Rack<P>> racks = new HashMap<>();
    private final Map<Circle, Pool<P>> zones = new HashMap<>();

    /** The one gate of each zone that brings in a share from other zones, by the share's ordinal. */
    private final Map<Integer, Pool<P>> world = new HashMap<>();

    public Introductions(RandomGenerator random) {
        this.random = random;
    }

    /**
     * A node holds or fetches the blob; an empty name of its zone or rack means that it has none.
     *
     * @param reachable whether others can connect to it; one that they cannot is told of others only
     * @return others that are to be told anew, for their share has changed
     */
    public List<P> join(P node, String zone, String rack, boolean reachable) {
        if (members.containsKey(node)) {
            return List.of();
        }
        Rack<P> its = racks.computeIfAbsent(new Place(zone, rack), p -> new Rack<>(zone));
        Member<P> member = new Member<>(node, its, reachable);
        members.put(node, member);
        if (!reachable) {
            return List.of();
        }
        its.members.add(member);
        List<P> changed = new ArrayList<>(openGates(its));
        changed.remove(node);
        return changed;
    }

    /** Opens as many gates as the rack is to have; answers who they are, if there were fewer. */
    private List<P> openGates(Rack<P> rack) {
        int target = Math.min(GATES, Integer.highestOneBit(rack.members.members.size()));
        int next = rack.gateCount();
        if (next >= target) {
            return List.of();
        }
        for (Member<P> candidate : rack.members.members) {
            if (candidate.gate == NO_GATE && next < target) {
                open(candidate, next++);
            }
        }
        return Arrays.stream(rack.gates, 0, target).map(g -> g.node).toList();
    }

    private void open(Member<P> member, int ordinal) {
        member.gate = ordinal;
        member.rack.gates[ordinal] = member;
        Pool<P> circle = zones.computeIfAbsent(new Circle(member.rack.zone, ordinal), c -> new Pool<>());
        circle.add(member);
        if (circle.members.stream().noneMatch(m -> m.zoneGate)) {
            openZone(member);
        }
    }

    private void openZone(Member<P> member) {
        member.zoneGate = true;
        world.computeIfAbsent(member.gate, o -> new Pool<>()).add(member);
    }

    private void close(Member<P> member) {
        zones.get(new Circle(member.rack.zone, member.gate)).remove(member);
        world.computeIfAbsent(member.gate, o -> new Pool<>()).remove(member);
        member.rack.gates[member.gate] = null;
        member.gate = NO_GATE;
        member.zoneGate = false;
    }

    /** A node is gone; answers who is to be told anew, for what they have to bring in has changed. */
    public List<P> leave(P node) {
        Member<P> member = members.remove(node);
        if (member == null) {
            return List.of();
        }
        member.rack.members.remove(member);
        if (member.gate == NO_GATE) {
            return List.of();
        }
        int ordinal = member.gate;
        boolean ofZone = member.zoneGate;
        close(member);
        Set<P> changed = new LinkedHashSet<>(fill(member.rack, ordinal));
        Pool<P> circle = zones.get(new Circle(member.rack.zone, ordinal));
        if (ofZone && !circle.members.isEmpty() && circle.members.stream().noneMatch(m -> m.zoneGate)) {
            openZone(circle.members.getFirst());
            changed.add(circle.members.getFirst().node);
        }
        return List.copyOf(changed);
    }

    /** Puts another gate in the place of one that is gone. */
    private List<P> fill(Rack<P> rack, int ordinal) {
        for (Member<P> candidate : rack.members.members) {
            if (candidate.gate == NO_GATE) {
                open(candidate, ordinal);
                return List.of(candidate.node);
            }
        }
        // All are gates, and too few: there will be half as many, with larger shares.
        Set<P> changed = new LinkedHashSet<>();
        for (int i = 0; i < GATES; i++) {
            if (rack.gates[i] != null) {
                changed.add(rack.gates[i].node);
                close(rack.gates[i]);
            }
        }
        openGates(rack);
        return List.copyOf(changed);
    }

    /** Whether nobody holds or fetches the blob. */
    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** All who hold or fetch the blob. */
    public Set<P> nodes() {
        return Set.copyOf(members.keySet());
    }

    /** What {@code node} is to be told now; one that did not join is told of some gates of zones. */
    public Told<P> told(P node) {
        Member<P> self = members.get(node);
        if (self == null) {
            return new Told<>(names(world.getOrDefault(0, new Pool<>()).draw(SIZE, null, random)), Share.ALL);
        }
        return told(self, self.rack.members.draw(SIZE, self, random));
    }

    /** What {@code node} is to be told because its share has changed: the share, and whom it needs to know for it. */
    public Told<P> toldAnew(P node) {
        Member<P> self = members.get(node);
        return self == null ? new Told<>(List.of(), Share.ALL) : told(self, List.of());
    }

    private Told<P> told(Member<P> self, List<Member<P>> near) {
        List<Member<P>> chosen = new ArrayList<>(near);
        Share share = Share.ALL;
        if (self.gate != NO_GATE) {
            share = new Share(self.gate, self.rack.gateCount());
            int lacking = SIZE - Math.min(SIZE, self.rack.members.members.size());
            Pool<P> zone = zones.get(new Circle(self.rack.zone, self.gate));
            chosen.addAll(zone.draw(Math.max(FROM_AFAR, lacking), self, random));
            if (self.zoneGate) {
                chosen.addAll(world.get(self.gate).draw(Math.max(FROM_AFAR, lacking), self, random));
            }
        }
        self.known += chosen.size();
        chosen.forEach(m -> m.known++);
        return new Told<>(names(chosen), share);
    }

    /**
     * The same for a node that asks again because nothing comes: it is told of gates elsewhere too, whatever it is, and
     * may bring in all.
     */
    public Told<P> toldAfar(P node) {
        Member<P> self = members.get(node);
        List<Member<P>> chosen = new ArrayList<>(self == null ? List.of() : self.rack.members.draw(SIZE, self, random));
        zones.forEach((circle, pool) -> {
            if (chosen.size() < 2 * SIZE) {
                chosen.addAll(pool.draw(1, self, random));
            }
        });
        return new Told<>(names(chosen), Share.ALL);
    }

    private static <P> List<P> names(List<Member<P>> members) {
        return members.stream().map(m -> m.node).distinct().toList();
    }
}
