package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.DownloadScheduler.Ask;
import io.lighterage.peer.swarm.DownloadScheduler.Limits;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DownloadSchedulerTest {
    private static final long MS = 1_000_000;
    private static final int CHUNKS = 100;
    private static final int CHUNK = 64 << 10;

    private final Neighbourhood neighbourhood = new Neighbourhood();
    private final DownloadScheduler scheduler =
            new DownloadScheduler(Limits.DEFAULT, neighbourhood, new SplittableRandom(1));
    private final Neighbour supernode = neighbourhood.join(new Neighbour("supernode", Distance.FAR, true));
    private final Neighbour a = neighbourhood.join(new Neighbour("a", Distance.SAME_ZONE, false));
    private final Neighbour b = neighbourhood.join(new Neighbour("b", Distance.SAME_ZONE, false));
    private final Download download = new Download(
            Digest.of(new byte[0]), CHUNK, new ChunkSet(CHUNKS), ChunkSet.full(CHUNKS), 0);

    private void everybodyHoldsEverything() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        download.holds(a, ChunkSet.full(CHUNKS));
        download.holds(b, ChunkSet.full(CHUNKS));
    }

    private Optional<Ask> next(long nowNs) {
        return scheduler.next(List.of(download), nowNs);
    }

    private List<Ask> all(long nowNs) {
        return all(scheduler, download, nowNs);
    }

    private static List<Ask> all(DownloadScheduler by, Download of, long nowNs) {
        List<Ask> asks = new ArrayList<>();
        for (var ask = by.next(List.of(of), nowNs); ask.isPresent(); ask = by.next(List.of(of), nowNs)) {
            asks.add(ask.get());
        }
        return asks;
    }

    @Test
    void aBlockedReadGetsItsChunksInOrderBeforeAllElse() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);
        download.demand(50, 53, Priority.ON_DEMAND);

        assertThat(all(0).subList(0, 3)).extracting(Ask::index).containsExactly(50, 51, 52);
    }

    @Test
    void everythingElseIsAskedOfNodesNearlyInOrderAndWithinTheLimit() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);

        List<Ask> asks = all(0);

        assertThat(asks).isNotEmpty().noneMatch(ask -> ask.neighbour().isSupernode());
        ChunkSet asked = new ChunkSet(CHUNKS);
        for (Ask ask : asks) {
            assertThat(ask.index()).isLessThan(asked.nextMissing(0) + asked.count() + 64);
            asked.add(ask.index());
        }
        assertThat(asks).extracting(Ask::index).doesNotHaveDuplicates();
        assertThat(a.outstanding() + b.outstanding()).isEqualTo(asks.size()).isLessThanOrEqualTo((8 << 20) / CHUNK);
    }

    @Test
    void onASlowLinkNoMoreIsOutstandingThanComesSoon() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);
        for (int half = 0; half < 4; half++) {
            // 20 chunks a second: 1.25 MiB
            for (int i = 0; i < 10; i++) {
                scheduler.received(CHUNK, (half * 500 + i * 50) * MS);
            }
        }

        assertThat(all(1_500 * MS)).hasSize(30);
    }

    @Test
    void howeverSlowTheLinkWasMoreThanOneChunkIsOutstandingWithEach() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);
        for (int i = 0; i < 4; i++) {
            scheduler.received(CHUNK, i * 1_000 * MS);
        }

        assertThat(all(4_000 * MS)).hasSize(16);
    }

    @Test
    void theRarerChunkGoesFirst() {
        download.holds(a, ChunkSet.full(CHUNKS));
        ChunkSet allButThree = ChunkSet.full(CHUNKS);
        allButThree.remove(3);
        download.holds(b, allButThree);
        download.demand(0, 8, Priority.PREFETCH);

        assertThat(next(0)).map(Ask::index).contains(3);
    }

    @Test
    void whatNobodyInTheRackHasGoesFirstAndAsIfThisNodeHadNothing() {
        Neighbour outside = neighbourhood.join(new Neighbour("outside", Distance.SAME_ZONE, false, true));
        ChunkSet inside = ChunkSet.full(CHUNKS);
        inside.remove(70);
        download.arrived(0);
        download.holds(a, inside);
        download.holds(outside, ChunkSet.full(CHUNKS));
        download.demand(0, CHUNKS, Priority.PREFETCH);

        List<Ask> asks = all(0);
        assertThat(asks.get(0)).isEqualTo(new Ask(download, 70, outside, Priority.PREFETCH, 0));
        assertThat(asks.get(1)).returns(a, Ask::neighbour).returns(1, Ask::has);
    }

    @Test
    void whatIsToLeaveTheRackGoesFirstIfItIsOfThisNodesShare() {
        Neighbour outside = neighbourhood.join(new Neighbour("outside", Distance.SAME_ZONE, false, true));
        ChunkSet there = ChunkSet.full(CHUNKS);
        there.remove(70);
        there.remove(71);
        download.arrived(0);
        download.share(new Share(70 % 8, 8));
        download.holds(a, ChunkSet.full(CHUNKS));
        download.holds(outside, there);
        download.demand(0, CHUNKS, Priority.PREFETCH);

        List<Ask> asks = all(0);
        assertThat(asks.get(0)).isEqualTo(new Ask(download, 70, a, Priority.PREFETCH, 0));
        assertThat(asks.subList(1, asks.size())).filteredOn(ask -> ask.neighbour() == a).isNotEmpty()
                .allMatch(ask -> ask.has() == 1);
    }

    @Test
    void aNodeOfACrowdThatWasSlowIsAskedOnlyForWhatNoOtherHas() {
        Download large = new Download(Digest.of(new byte[0]), 1 << 20, new ChunkSet(1000), ChunkSet.full(1000), 0);
        ChunkSet allButOne = ChunkSet.full(1000);
        allButOne.remove(7);
        List<Neighbour> crowd = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            crowd.add(neighbourhood.join(new Neighbour(i, Distance.SAME_RACK, false)));
            large.holds(crowd.get(i), i == 0 ? ChunkSet.full(1000) : allButOne);
        }
        for (int i = 0; i < 20; i++) {
            large.asked(crowd.get(i), 100 + i, Priority.PREFETCH, 0);
            large.received(crowd.get(i), 100 + i, i == 0 ? 200 * MS : 20 * MS);
        }

        Demand demand = large.demand(200, 203, Priority.PREFETCH);
        List<Ask> others = all(scheduler, large, 0);
        large.end(demand);
        large.demand(7, 8, Priority.PREFETCH);

        assertThat(others).hasSize(3).noneMatch(ask -> ask.neighbour() == crowd.getFirst());
        assertThat(scheduler.next(List.of(large), 0).orElseThrow()).returns(crowd.getFirst(), Ask::neighbour);
    }

    @Test
    void theChunkForWhichTheReadingStandsStillIsNotLeftForLast() {
        Download large = new Download(Digest.of(new byte[0]), 1 << 20, new ChunkSet(1000), ChunkSet.full(1000), 0);
        for (int i = 0; i < 30; i++) {
            large.holds(neighbourhood.join(new Neighbour(i, Distance.SAME_RACK, false)), ChunkSet.full(1000));
        }
        large.demand(0, 1000, Priority.PREFETCH);

        // One chunk comes in half a second: a thousand would take eight minutes.
        int longest = 0;
        int since = 0;
        int front = 0;
        for (int tick = 0; !large.isComplete(); tick++) {
            assertThat(all(scheduler, large, tick * 500 * MS)).noneMatch(ask -> large.present().contains(ask.index()));
            PendingChunks.Pending next = large.pending().all().stream()
                    .min(Comparator.comparingLong(pending -> pending.sinceNs))
                    .orElseThrow();
            large.received(next.askedOf.getFirst(), next.index, tick * 500 * MS);
            large.arrived(next.index);
            if (large.present().nextMissing(0) != front) {
                front = large.present().nextMissing(0);
                since = tick;
            }
            longest = Math.max(longest, tick - since);
        }

        assertThat(longest / 2).as("seconds without progress").isLessThan(30);
    }

    @Test
    void theBlobThatIsAskedForLastDoesNotStandStillUntilAllOthersAreHere() {
        Download other = new Download(Digest.of(new byte[] {1}), CHUNK, new ChunkSet(CHUNKS), ChunkSet.full(CHUNKS), 0);
        everybodyHoldsEverything();
        other.holds(a, ChunkSet.full(CHUNKS));
        download.demand(0, CHUNKS, Priority.PREFETCH);
        other.demand(0, CHUNKS, Priority.PREFETCH);
        List<Download> both = List.of(download, other);
        download.asked(b, 0, Priority.PREFETCH, 0);

        Optional<Ask> soon = scheduler.next(both, 0);
        scheduler.next(both, 9_000 * MS);
        Optional<Ask> late = scheduler.next(both, 11_000 * MS);

        assertThat(soon.orElseThrow().download()).isSameAs(download);
        assertThat(late.orElseThrow()).returns(other, Ask::download).returns(0, Ask::index);
    }

    @Test
    void partsThatMayBeReadSomeTimeAreLeftToOthersHoweverLongTheyTake() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        for (int i = 0; i < 20; i++) {
            download.demand(i, i + 1, Priority.PREFETCH);
            download.spreads(i, Long.MAX_VALUE);
        }

        assertThat(all(0)).isEmpty();
        assertThat(all(11_000 * MS)).isEmpty();
        download.holds(a, ChunkSet.of(CHUNKS, 3));
        assertThat(all(12_000 * MS)).extracting(Ask::neighbour).containsExactly(a);
    }

    @Test
    void aHostOutsideOfACrowdIsAskedForManyChunksAtOnce() {
        Neighbourhood crowd = new Neighbourhood();
        DownloadScheduler gate = new DownloadScheduler(Limits.DEFAULT, crowd, new SplittableRandom(1));
        Download image = new Download(Digest.of(new byte[0]), 1 << 20, new ChunkSet(1000), ChunkSet.full(1000), 0);
        for (int i = 0; i < 30; i++) {
            image.holds(crowd.join(new Neighbour(i, Distance.SAME_RACK, false)), ChunkSet.of(1000, i));
        }
        Neighbour outside = crowd.join(new Neighbour("outside", Distance.SAME_ZONE, false, true));
        image.holds(outside, ChunkSet.full(1000));
        image.demand(0, 1000, Priority.PREFETCH);

        List<Ask> asks = all(gate, image, 0);

        assertThat(outside.outstanding()).isEqualTo(8);
        assertThat(asks).filteredOn(ask -> ask.neighbour() != outside).extracting(Ask::neighbour).doesNotHaveDuplicates();
    }

    @Test
    void twoNodesOfACrowdThatKnowTheSameDoNotAskForTheSame() {
        List<Set<Integer>> asked = new ArrayList<>();
        for (int seed = 0; seed < 2; seed++) {
            Neighbourhood crowd = new Neighbourhood();
            DownloadScheduler mine = new DownloadScheduler(Limits.DEFAULT, crowd, new SplittableRandom(seed));
            Download all = new Download(
                    Digest.of(new byte[0]), 1 << 20, new ChunkSet(1000), ChunkSet.full(1000), 0);
            for (int i = 0; i < 30; i++) {
                all.holds(crowd.join(new Neighbour(i, Distance.SAME_RACK, false)), ChunkSet.full(1000));
            }
            all.demand(0, 1000, Priority.PREFETCH);
            Set<Integer> its = new HashSet<>();
            all(mine, all, 0).forEach(ask -> its.add(ask.index()));
            asked.add(its);
        }

        assertThat(asked.get(0)).hasSizeGreaterThan(16);
        assertThat(asked.get(0)).filteredOn(asked.get(1)::contains).hasSizeLessThan(asked.get(0).size() / 2);
    }

    @Test
    void theNearerNodeIsAskedAndOfEquallyNearOnesTheLessBusy() {
        Neighbour rack = neighbourhood.join(new Neighbour("rack", Distance.SAME_RACK, false));
        everybodyHoldsEverything();
        download.demand(0, 2, Priority.ON_DEMAND);
        Neighbour first = next(0).orElseThrow().neighbour();
        assertThat(next(0).orElseThrow().neighbour()).isNotSameAs(first).isNotSameAs(supernode);
        download.holds(rack, ChunkSet.full(CHUNKS));
        download.demand(2, 4, Priority.ON_DEMAND);

        assertThat(all(0)).extracting(Ask::neighbour).containsOnly(rack);
    }

    @Test
    void whatHasNoTableEntryIsNotAskedFor() {
        Download bare = new Download(Digest.of(new byte[0]), CHUNK, new ChunkSet(4), new ChunkSet(4), 0);
        bare.holds(a, ChunkSet.full(4));
        bare.demand(0, 4, Priority.ON_DEMAND);
        assertThat(scheduler.next(List.of(bare), 0)).isEmpty();

        bare.askable(ChunkSet.of(4, 2), 0);

        assertThat(scheduler.next(List.of(bare), 0)).map(Ask::index).contains(2);
    }

    @Test
    void theSupernodeIsAskedByABlockedReadAtOnceAndForTheRestOnlyWhenTheCrowdHadItsTime() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        download.holds(a, ChunkSet.of(CHUNKS, 99));
        download.demand(0, CHUNKS, Priority.PREFETCH);
        assertThat(next(0)).map(Ask::neighbour).contains(a);
        assertThat(next(999 * MS)).isEmpty();

        assertThat(next(1_001 * MS)).map(Ask::neighbour).contains(supernode);

        download.demand(40, 41, Priority.ON_DEMAND);
        assertThat(next(0)).map(Ask::index).contains(40);
    }

    @Test
    void certainChunksAreAskedOfTheSupernodeAtOnceButForThoseThatItHasJustSentToOthers() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        download.holds(a, ChunkSet.of(CHUNKS, 99));
        download.demand(10, 12, Priority.PREFETCH);
        download.spreads(10, 120 * MS);
        assertThat(next(0)).map(Ask::index).contains(11);

        assertThat(next(119 * MS)).as("it may come yet").isEmpty();
        assertThat(next(120 * MS)).as("nothing else is waited for").map(Ask::index).contains(10);
    }

    @Test
    void aChunkThatIsSpreadingIsNotAskedForAgainWhileOthersFillTheLink() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        download.holds(a, ChunkSet.of(CHUNKS, 20, 21, 22, 23));
        download.demand(10, 11, Priority.PREFETCH);
        download.demand(20, 24, Priority.PREFETCH);
        download.spreads(10, 0);

        assertThat(all(MS)).extracting(Ask::index).containsExactlyInAnyOrder(20, 21, 22, 23);
    }

    @Test
    void theChunksOfSeveralDemandsAreAskedForInNoOneOrder() {
        everybodyHoldsEverything();
        for (int i = 0; i < 8; i++) {
            download.demand(10 * i, 10 * i + 1, Priority.PREFETCH);
        }
        Set<Integer> first = new HashSet<>();
        for (int seed = 0; seed < 40; seed++) {
            DownloadScheduler other = new DownloadScheduler(Limits.DEFAULT, neighbourhood, new SplittableRandom(seed));
            Ask ask = other.next(List.of(download), 0).orElseThrow();
            first.add(ask.index());
            download.refused(ask.neighbour(), ask.index());
        }
        assertThat(first).as("all eight are as good").hasSizeGreaterThan(4);
    }

    @Test
    void aBusyNodeIsLeftAloneForAsLongAsItSaid() {
        download.holds(a, ChunkSet.full(CHUNKS));
        download.demand(0, 1, Priority.ON_DEMAND);
        a.block(50 * MS);

        assertThat(next(49 * MS)).isEmpty();
        assertThat(next(50 * MS)).isPresent();
    }

    @Test
    void aBlockedReadIsHedgedToASecondHolderOnce() {
        everybodyHoldsEverything();
        download.demand(0, 1, Priority.ON_DEMAND);
        Neighbour first = next(0).orElseThrow().neighbour();
        assertThat(scheduler.late(download, 250 * MS)).isEmpty();

        List<Ask> hedges = scheduler.late(download, 251 * MS);

        assertThat(hedges).hasSize(1);
        assertThat(hedges.getFirst().neighbour()).isNotSameAs(first).isNotSameAs(supernode);
        assertThat(scheduler.late(download, 600 * MS)).isEmpty();
    }

    @Test
    void aReadThatComesToBeBlockedOnWhatWasPrefetchedIsHedgedToo() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);
        int index = all(0).getFirst().index();
        assertThat(scheduler.late(download, 300 * MS)).isEmpty();

        download.demand(index, index + 1, Priority.ON_DEMAND);

        assertThat(scheduler.late(download, 300 * MS))
                .singleElement()
                .satisfies(ask -> {
                    assertThat(ask.index()).isEqualTo(index);
                    assertThat(ask.priority()).isEqualTo(Priority.ON_DEMAND);
                });
    }

    @Test
    void hedgesFollowTheRecentAnswers() {
        everybodyHoldsEverything();
        for (int i = 0; i < 20; i++) {
            scheduler.answered(30 * MS);
        }
        download.demand(0, 1, Priority.ON_DEMAND);
        next(0);

        assertThat(scheduler.late(download, 30 * MS)).isEmpty();
        assertThat(scheduler.late(download, 31 * MS)).hasSize(1);
    }

    @Test
    void whatWaitsBehindOthersOnTheLinkIsNotAskedForTwice() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);
        List<Ask> asked = all(0);
        int blocked = asked.removeLast().index();
        download.demand(blocked, blocked + 1, Priority.ON_DEMAND);
        arrives(download, asked.removeFirst(), 299 * MS);

        assertThat(scheduler.late(download, 300 * MS)).as("others come").isEmpty();
        assertThat(scheduler.late(download, 600 * MS)).as("nothing comes").extracting(Ask::index).containsExactly(blocked);
    }

    @Test
    void whatManyHaveOvertakenIsAskedForTwice() {
        Download large = new Download(Digest.of(new byte[0]), CHUNK, new ChunkSet(1000), ChunkSet.full(1000), 0);
        large.holds(a, ChunkSet.full(1000));
        large.holds(b, ChunkSet.full(1000));
        large.demand(0, 1000, Priority.PREFETCH);
        List<Ask> asked = all(scheduler, large, 0);
        int blocked = asked.removeLast().index();
        large.demand(blocked, blocked + 1, Priority.ON_DEMAND);
        for (int left = 2 * asked.size(); left > 0; left--) {
            arrives(large, asked.removeFirst(), 299 * MS);
            assertThat(scheduler.late(large, 300 * MS)).extracting(Ask::index)
                    .isEqualTo(left > 1 ? List.of() : List.of(blocked));
            asked.addAll(all(scheduler, large, 299 * MS));
        }
    }

    private static void arrives(Download of, Ask ask, long nowNs) {
        of.received(ask.neighbour(), ask.index(), nowNs);
        of.arrived(ask.index());
    }

    @Test
    void aFarTooLateAnswerIsAskedElsewhereAndItsHolderLeftAlone() {
        download.holds(a, ChunkSet.full(CHUNKS));
        download.demand(0, CHUNKS, Priority.PREFETCH);
        next(0);
        download.holds(b, ChunkSet.full(CHUNKS));

        List<Ask> asks = scheduler.late(download, 2_001 * MS);

        assertThat(asks).extracting(Ask::neighbour).containsExactly(b);
        assertThat(a.isBlocked(3_000 * MS)).isTrue();
        assertThat(b.isBlocked(3_000 * MS)).isFalse();
    }

    @Test
    void onASlowLinkAnAnswerIsTooLateBeforeAnEngineGivesUp() {
        download.holds(a, ChunkSet.full(CHUNKS));
        download.demand(0, CHUNKS, Priority.PREFETCH);
        for (int i = 0; i < 20; i++) {
            scheduler.answered(10_000 * MS);
        }
        next(0);
        download.holds(b, ChunkSet.full(CHUNKS));

        assertThat(scheduler.late(download, 30_000 * MS)).isEmpty();
        assertThat(scheduler.late(download, 30_001 * MS)).extracting(Ask::neighbour).containsExactly(b);
    }

    @Test
    void whereAnswersTakeLongItIsEnoughToLookNowAndThen() {
        assertThat(scheduler.isSlow()).isFalse();
        for (int i = 0; i < 20; i++) {
            scheduler.answered(499 * MS);
        }
        assertThat(scheduler.isSlow()).isFalse();
        for (int i = 0; i < 64; i++) {
            scheduler.answered(500 * MS);
        }
        assertThat(scheduler.isSlow()).isTrue();
    }

    @Test
    void aListThatOthersGoThroughTooIsAskedForInAnOrderOfItsOwn() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        for (int index = 0; index < 60; index += 2) {
            download.demand(index, index + 1, Priority.PREFETCH);
        }
        List<Ask> first = all(0);
        assertThat(first).extracting(Ask::index).isSorted();

        for (Ask ask : first) {
            download.refused(supernode, ask.index());
            download.spreads(ask.index(), 1_000 * MS);
        }
        List<Ask> then = all(0);

        assertThat(then).hasSameSizeAs(first).allMatch(ask -> ask.neighbour().isSupernode());
        assertThat(then).extracting(Ask::index).doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(first.stream().map(Ask::index).toList())
                .isNotEqualTo(then.stream().map(Ask::index).sorted().toList());
    }

    @Test
    void onlyTheLastChunksAreAskedForTwice() {
        everybodyHoldsEverything();
        download.demand(0, CHUNKS, Priority.PREFETCH);
        next(0);
        assertThat(scheduler.late(download, 300 * MS)).isEmpty();
        for (int index = 0; index < CHUNKS; index++) {
            if (download.askedOf(index).isEmpty()) {
                download.arrived(index);
            }
        }

        assertThat(scheduler.late(download, 300 * MS)).hasSize(1);
    }

    @Test
    void aStalledDownloadInsistsAtTheSupernodeWithinBounds() {
        download.holds(supernode, ChunkSet.full(CHUNKS));
        download.demand(0, CHUNKS, Priority.PREFETCH);
        supernode.block(Long.MAX_VALUE);
        assertThat(next(0)).isEmpty();

        assertThat(scheduler.stalled(download, 0)).hasValueSatisfying(ask -> {
            assertThat(ask.index()).isZero();
            assertThat(ask.priority()).isEqualTo(Priority.ON_DEMAND);
        });
        while (scheduler.stalled(download, 0).isPresent()) {
            assertThat(supernode.outstanding()).isLessThan(CHUNKS);
        }

        assertThat(supernode.outstanding()).isEqualTo(32);
    }
}
