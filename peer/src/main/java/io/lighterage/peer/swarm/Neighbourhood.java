package io.lighterage.peer.swarm;

import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Which of the many nodes of a swarm are proposed to one of them: a bounded random sample, mostly near, but with
 * some from afar, so that the swarm stays connected and what a rack or zone lacks finds its way in.
 */
public final class Neighbourhood {
    /** How many nodes are proposed to one node for one blob. */
    public static final int SIZE = 15;

    private static final int FROM_AFAR = 5;

    private Neighbourhood() {}

    /** Chooses up to {@code size} of {@code candidates}: nearest first, but for a third that may stand anywhere. */
    public static <P> List<P> choose(
            List<P> candidates, Function<P, Distance> distance, int size, RandomGenerator random) {
        List<P> shuffled = new ArrayList<>(candidates);
        Collections.shuffle(shuffled, java.util.Random.from(random));
        if (shuffled.size() <= size) {
            return shuffled;
        }
        Map<Distance, List<P>> byDistance = new EnumMap<>(Distance.class);
        shuffled.forEach(p -> byDistance.computeIfAbsent(distance.apply(p), d -> new ArrayList<>()).add(p));
        int near = size - Math.min(FROM_AFAR, size / 3);
        List<P> chosen = new ArrayList<>();
        byDistance.values().stream().flatMap(List::stream).limit(near).forEach(chosen::add);
        shuffled.removeAll(chosen);
        shuffled.stream().limit(size - chosen.size()).forEach(chosen::add);
        return chosen;
    }
}
