package io.lighterage.bench.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FlowNetworkTest {
    private static final double LONG = 1e12;

    private final Timeline timeline = new Timeline();

    private static final class Stream extends Flow {
        boolean ended;

        @Override
        protected void finished() {
            ended = true;
        }

        @Override
        protected void due() {
            throw new IllegalStateException("it was not scheduled");
        }
    }

    /** Links of random capacities, and flows over up to four of them that come and go. */
    private static final class Scene {
        final FlowNetwork network;
        final List<Link> links = new ArrayList<>();
        final List<Stream> running = new ArrayList<>();
        final List<Link[]> paths = new ArrayList<>();

        Scene(Timeline timeline, long seed, int linkCount, int changes) {
            network = new FlowNetwork(timeline, 0);
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < linkCount; i++) {
                links.add(new Link("link " + i, 1e6 * (1 + random.nextInt(20))));
            }
            for (int i = 0; i < changes; i++) {
                if (running.isEmpty() || random.nextInt(3) > 0) {
                    Link[] path = random.ints(1 + random.nextInt(4), 0, linkCount).distinct().mapToObj(links::get).toArray(Link[]::new);
                    Stream flow = new Stream();
                    network.start(flow, path, LONG);
                    running.add(flow);
                    paths.add(path);
                } else {
                    int gone = random.nextInt(running.size());
                    network.stop(running.remove(gone));
                    paths.remove(gone);
                }
                if (random.nextBoolean()) {
                    network.settle();
                }
            }
            network.settle();
        }
    }

    @Property(tries = 300)
    void noLinkCarriesMoreThanItCan(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int links) {
        for (Link link : new Scene(timeline, seed, links, 60).links) {
            assertThat(link.usedBytesPerSecond()).isLessThanOrEqualTo(link.bytesPerSecond() * (1 + 1e-6));
        }
    }

    @Property(tries = 300)
    void everyFlowHasALinkThatIsFullAndGivesNobodyMore(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int links) {
        Scene scene = new Scene(timeline, seed, links, 60);
        for (int i = 0; i < scene.running.size(); i++) {
            Stream flow = scene.running.get(i);
            boolean bottleneck = false;
            for (Link link : scene.paths.get(i)) {
                boolean full = link.usedBytesPerSecond() >= link.bytesPerSecond() * (1 - 1e-6);
                double most = 0;
                for (int j = 0; j < scene.running.size(); j++) {
                    if (List.of(scene.paths.get(j)).contains(link)) {
                        most = Math.max(most, scene.running.get(j).bytesPerSecond());
                    }
                }
                bottleneck |= full && flow.bytesPerSecond() >= most * (1 - 1e-6);
            }
            assertThat(bottleneck).as("flow %d has a bottleneck", i).isTrue();
        }
    }

    @Test
    void aFlowTakesAsLongAsItsBytesNeed() {
        FlowNetwork network = new FlowNetwork(timeline, 0);
        Stream flow = new Stream();
        Link link = new Link("link", 1e6);
        network.start(flow, new Link[] {link}, 500_000);
        network.settle();

        timeline.run(network::settle, () -> false);

        assertThat(flow.ended).isTrue();
        assertThat(timeline.nowNs()).isCloseTo(500_000_000L, within(2 * Timeline.TICK_NS));
        assertThat(link.carriedBytes()).isEqualTo(500_000);
    }

    @Test
    void whatAFlowLeavesGoesToTheOthers() {
        FlowNetwork network = new FlowNetwork(timeline, 0);
        Link wide = new Link("wide", 10e6);
        Link narrow = new Link("narrow", 2e6);
        Stream held = new Stream();
        Stream free = new Stream();
        network.start(held, new Link[] {wide, narrow}, LONG);
        network.start(free, new Link[] {wide}, LONG);
        network.settle();

        assertThat(held.bytesPerSecond()).isCloseTo(2e6, within(1.0));
        assertThat(free.bytesPerSecond()).isCloseTo(8e6, within(1.0));
    }
}
