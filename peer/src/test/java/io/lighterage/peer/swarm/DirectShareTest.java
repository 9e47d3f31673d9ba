package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DirectShareTest {
    private static final int CHUNKS = 1000;

    private final DirectShare share = new DirectShare(new SplittableRandom(1));
    private final Neighbourhood neighbourhood = new Neighbourhood();
    private final Download download =
            new Download(Digest.of(new byte[0]), 256 << 10, new ChunkSet(CHUNKS), ChunkSet.full(CHUNKS), 0);

    private void nodesHold(int count, ChunkSet chunks) {
        for (int i = 0; i < count; i++) {
            download.holds(neighbourhood.join(new Neighbour("node" + i, Distance.SAME_RACK, false)), chunks);
        }
    }

    @Test
    void whoIsAloneReadsInOrderWithoutAPause() {
        download.demand(10, CHUNKS, Priority.PREFETCH);

        assertThat(share.next(download, false)).contains(new DirectShare.Run(10, 32));
        assertThat(share.pauseNs(download, false, 1_000_000)).isZero();
    }

    @Test
    void aCrowdReadsShortRunsHereAndThereOfWhatNobodyHolds() {
        ChunkSet held = new ChunkSet(CHUNKS);
        for (int i = 0; i < CHUNKS; i += 50) {
            held.add(i);
        }
        nodesHold(15, held);
        download.demand(0, CHUNKS, Priority.PREFETCH);

        Set<Integer> firsts = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            DirectShare.Run run = share.next(download, false).orElseThrow();
            firsts.add(run.first());
            assertThat(run.count()).isBetween(1, 2);
            for (int chunk = run.first(); chunk < run.first() + run.count(); chunk++) {
                assertThat(held.contains(chunk)).as("chunk %d is held", chunk).isFalse();
            }
            assertThat(share.pauseNs(download, false, 40_000_000)).isBetween(0L, 2 * 15 * 40_000_000L);
        }
        assertThat(firsts).hasSizeGreaterThan(80);
    }

    @Test
    void whatOthersHoldIsLeftToThemUnlessThisNodeStarves() {
        nodesHold(3, ChunkSet.full(CHUNKS));
        download.demand(0, CHUNKS, Priority.PREFETCH);

        assertThat(share.next(download, false)).isEmpty();
        assertThat(share.next(download, true)).contains(new DirectShare.Run(0, 32));
        assertThat(share.pauseNs(download, true, 40_000_000)).isZero();
    }

    @Test
    void whatCouldNotBeVerifiedIsReadByEverybody() {
        Download unknown =
                new Download(Digest.of(new byte[0]), 256 << 10, new ChunkSet(CHUNKS), new ChunkSet(CHUNKS), 0);
        unknown.holds(neighbourhood.join(new Neighbour("other", Distance.SAME_RACK, false)), ChunkSet.full(CHUNKS));
        unknown.demand(0, CHUNKS, Priority.PREFETCH);

        assertThat(share.next(unknown, false)).contains(new DirectShare.Run(0, 32));
        assertThat(share.pauseNs(unknown, false, 40_000_000)).isZero();
    }

    @Test
    void aBlockedReadIsServedFirstAndDoesNotWait() {
        nodesHold(3, ChunkSet.of(CHUNKS, 500));
        download.demand(0, CHUNKS, Priority.PREFETCH);
        download.demand(500, 503, Priority.ON_DEMAND);

        assertThat(share.next(download, false)).get().returns(501, DirectShare.Run::first);
        assertThat(share.pauseNs(download, false, 40_000_000)).isZero();
    }
}
