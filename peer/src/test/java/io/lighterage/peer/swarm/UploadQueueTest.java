package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UploadQueueTest {
    private static final long MS = 1_000_000;

    private record Want(String peer, int number) {}

    private final UploadQueue<String, Want> queue = new UploadQueue<>(2, 4);

    private boolean offer(String peer, int number, Priority priority) {
        return queue.offer(peer, new Want(peer, number), priority, number, 1, 0);
    }

    private List<Want> startAll(long nowNs) {
        return startAll(queue, nowNs);
    }

    private static List<Want> startAll(UploadQueue<String, Want> queue, long nowNs) {
        List<Want> started = new ArrayList<>();
        for (Optional<Want> next = queue.next(nowNs); next.isPresent(); next = queue.next(nowNs)) {
            started.add(next.get());
        }
        return started;
    }

    @Test
    void asManyRunAsThereAreSlotsAndTheNextOneStartsWhenOneEnds() {
        for (int number = 0; number < 3; number++) {
            offer("a", number, Priority.PREFETCH);
        }

        List<Want> first = startAll(0);
        assertThat(first).containsExactly(new Want("a", 0), new Want("a", 1));
        assertThat(queue.length()).isEqualTo(1);

        queue.done(first.getFirst(), MS);

        assertThat(startAll(MS)).containsExactly(new Want("a", 2));
    }

    @Test
    void whatWasSentLeastGoesFirstAndAWantThatIsPassedOverForLongIsHandedBack() {
        UploadQueue<String, Want> one = new UploadQueue<>(1, 4);
        one.offer("a", new Want("a", 7), Priority.PREFETCH, 7, 0, 0);
        Want running = one.next(0).orElseThrow();
        one.offer("b", new Want("b", 7), Priority.PREFETCH, 7, 0, 0);
        one.offer("c", new Want("c", 8), Priority.PREFETCH, 8, 0, 500 * MS);
        one.offer("d", new Want("d", 7), Priority.ON_DEMAND, 7, 0, 0);
        assertThat(one.neglected(1000 * MS)).isEmpty();
        one.done(running, 1000 * MS);

        assertThat(one.next(Priority.ON_DEMAND, 1000 * MS)).contains(new Want("d", 7));
        assertThat(one.neglected(1001 * MS)).contains(new Want("b", 7));
        assertThat(one.neglected(1001 * MS)).as("c has not waited so long").isEmpty();
        assertThat(one.length()).isEqualTo(1);
    }

    @Test
    void whoClearlyLagsGoesBeforeOthersUnlessTheyAreBlockedOnWhatTheyRead() {
        UploadQueue<String, Want> one = new UploadQueue<>(1, 8);
        one.offer("far", new Want("far", 1), Priority.PREFETCH, 1, 500, 0);
        one.offer("lags", new Want("lags", 2), Priority.PREFETCH, 2, 100, 0);
        one.offer("reads", new Want("reads", 3), Priority.ON_DEMAND, 3, 900, 0);
        one.offer("reads too", new Want("reads too", 4), Priority.ON_DEMAND, 4, 100, 0);

        List<String> order = new ArrayList<>();
        for (Optional<Want> next = one.next(0); next.isPresent(); next = one.next(0)) {
            order.add(next.get().peer());
            one.done(next.get(), MS);
        }

        assertThat(order).containsExactly("reads", "reads too", "lags", "far");
    }

    @Test
    void aReceiverForWhomItsRackWaitsGetsAFewAtOnceBeforeThoseToWhomNothingRuns() {
        UploadQueue<String, Want> wide = new UploadQueue<>(8, 100);
        for (int number = 0; number < 8; number++) {
            wide.offer("rack's own " + number, new Want("rack's own " + number, number), Priority.PREFETCH, number, 500, 0);
            wide.offer("gate", new Want("gate", 100 + number), Priority.PREFETCH, 100 + number, 0, 0);
        }

        assertThat(startAll(wide, 0)).extracting(Want::peer).startsWith("gate", "gate", "gate", "gate", "gate")
                .filteredOn("gate"::equals).hasSize(5);
    }

    @Test
    void ofBlockedReadersEachHasItsTurn() {
        UploadQueue<String, Want> wide = new UploadQueue<>(3, 100);
        for (int number = 0; number < 3; number++) {
            wide.offer("many", new Want("many", number), Priority.ON_DEMAND, number, 0, 0);
        }
        wide.offer("a", new Want("a", 10), Priority.ON_DEMAND, 10, 0, 0);
        wide.offer("b", new Want("b", 11), Priority.ON_DEMAND, 11, 0, 0);

        assertThat(startAll(wide, 0)).extracting(Want::peer).containsExactlyInAnyOrder("many", "a", "b");
    }

    @Test
    void ofEquallyUrgentWantsTheChunkGoesFirstThatWasSentLeast() {
        UploadQueue<String, Want> one = new UploadQueue<>(1, 4);
        one.offer("a", new Want("a", 7), Priority.PREFETCH, 7, 0, 0);
        Want first = one.next(0).orElseThrow();
        one.offer("b", new Want("b", 7), Priority.PREFETCH, 7, 0, 0);
        one.offer("c", new Want("c", 8), Priority.PREFETCH, 8, 0, 0);
        one.done(first, MS);

        assertThat(one.next(MS)).contains(new Want("c", 8));
    }

    @Test
    void asManyGiftsRunAsTransfersEndInATenthOfASecondWithinBounds() {
        UploadQueue<String, Want> wide = new UploadQueue<>(1, 6, 100);
        for (int number = 0; number < 40; number++) {
            wide.offer("a" + number, new Want("a" + number, number), Priority.PREFETCH, number, 0, 0);
        }
        long nowNs = 0;
        for (int number = 0; number < 12; number++) {
            nowNs += 10 * MS;
            wide.done(wide.next(nowNs).orElseThrow(), nowNs);
        }
        int gifts = 0;
        while (wide.mayGive(nowNs)) {
            wide.start("b" + gifts, new Want("b", gifts++), nowNs);
        }

        assertThat(gifts).isEqualTo(6);
        assertThat(startAll(wide, nowNs)).as("what is asked for has its slots all the same").hasSize(1);
    }

    @Test
    void theMostUrgentWantGoesFirst() {
        offer("a", 0, Priority.BACKGROUND);
        offer("a", 1, Priority.PREFETCH);
        offer("a", 2, Priority.ON_DEMAND);

        assertThat(queue.next(Priority.ON_DEMAND, 0)).contains(new Want("a", 2));
        assertThat(queue.next(Priority.ON_DEMAND, 0)).isEmpty();
        assertThat(queue.next(0)).contains(new Want("a", 1));
    }

    @Test
    void theReceiverWithTheFewestTransfersGoesFirst() {
        offer("a", 0, Priority.PREFETCH);
        offer("a", 1, Priority.PREFETCH);
        offer("b", 2, Priority.PREFETCH);

        assertThat(startAll(0)).containsExactly(new Want("a", 0), new Want("b", 2));
        assertThat(queue.load("a")).isEqualTo(1);
    }

    @Test
    void wantsThatAReceiverNumbersAlikeEachGiveTheirSlotBack() {
        for (int round = 0; round < 3; round++) {
            offer("a", 7, Priority.PREFETCH);
            offer("a", 7, Priority.PREFETCH);
            List<Want> started = startAll(0);
            assertThat(started).hasSize(2);
            started.forEach(want -> queue.done(want, MS));
        }

        assertThat(queue.load("a")).isZero();
        assertThat(queue.length()).isZero();
        assertThat(queue.hasFreeSlot(MS)).isTrue();
    }

    @Test
    void aTransferThatStallsStopsTakingASlot() {
        offer("a", 0, Priority.PREFETCH);
        offer("a", 1, Priority.PREFETCH);
        offer("b", 2, Priority.PREFETCH);
        offer("a", 3, Priority.PREFETCH);
        startAll(0);
        List<Want> stalled = new ArrayList<>();
        assertThat(queue.hasFreeSlot(999 * MS)).isFalse();

        stalled.addAll(startAll(1001 * MS));

        assertThat(stalled).as("whoever stalls gets no more").containsExactly(new Want("a", 1));
    }

    @Test
    void aFullQueueRefusesAllButUrgentWantsAndTheFirstOfOtherReceivers() {
        for (int number = 0; number < 4; number++) {
            assertThat(offer("a", number, Priority.PREFETCH)).isTrue();
        }

        assertThat(offer("a", 4, Priority.PREFETCH)).isFalse();
        assertThat(offer("a", 5, Priority.ON_DEMAND)).isTrue();
        assertThat(offer("b", 6, Priority.PREFETCH)).isTrue();
        assertThat(offer("b", 7, Priority.PREFETCH)).isTrue();
        assertThat(offer("b", 8, Priority.PREFETCH)).isFalse();
    }

    @Test
    void whatIsCancelledIsNotSent() {
        offer("a", 0, Priority.PREFETCH);
        offer("a", 1, Priority.ON_DEMAND);
        offer("b", 0, Priority.PREFETCH);

        queue.cancelIf("a", want -> want.number() == 0);

        assertThat(queue.length()).isEqualTo(2);
        assertThat(startAll(0)).containsExactly(new Want("a", 1), new Want("b", 0));
    }

    @Test
    void anEndThatIsToldTwiceCountsOnce() {
        offer("a", 0, Priority.PREFETCH);
        offer("a", 1, Priority.PREFETCH);
        offer("b", 2, Priority.PREFETCH);
        offer("b", 3, Priority.PREFETCH);
        Want first = startAll(0).getFirst();

        queue.done(first, MS);
        queue.done(first, MS);

        assertThat(startAll(MS)).hasSize(1);
    }
}
