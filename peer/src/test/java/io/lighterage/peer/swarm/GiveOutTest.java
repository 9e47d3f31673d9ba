package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.GiveOut.Gift;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GiveOutTest {
    private static final int CHUNKS = 4;
    private static final long PATIENCE_NS = 1_000;
    private static final String BLOB = "blob";

    private final GiveOut<String, String, Integer> giveOut = new GiveOut<>(PATIENCE_NS);

    private Optional<Gift<String, String, Integer>> next(long nowNs) {
        return giveOut.next(peer -> 0, 4, nowNs);
    }

    private List<Integer> all(long nowNs) {
        List<Integer> given = new ArrayList<>();
        for (var gift = next(nowNs); gift.isPresent(); gift = next(nowNs)) {
            given.add(gift.get().index());
        }
        return given;
    }

    private void park(String peer, int count) {
        for (int want = 0; want < count; want++) {
            assertThat(giveOut.park(peer, BLOB, 100 + want)).isTrue();
        }
    }

    @Test
    void everyChunkIsGivenOnceInOrderToWhoeverWasGivenSomethingLongestAgo() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        park("a", 1);
        park("b", 1);
        park("a", 1);

        assertThat(next(0)).contains(new Gift<>("a", BLOB, 100, 0));
        assertThat(next(0)).contains(new Gift<>("b", BLOB, 100, 1));
        park("b", 4);
        assertThat(next(0)).map(Gift::peer).contains("a");
        assertThat(giveOut.parkedBy("a")).isZero();
        assertThat(all(0)).containsExactly(3);
        assertThat(giveOut.hasGifts()).isFalse();
        assertThat(giveOut.parkedBy("b")).isEqualTo(3);
    }

    @Test
    void theNodeWithTheFewestTransfersGetsTheNextChunkAndABusyOneNone() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        park("a", 1);
        park("b", 1);

        assertThat(giveOut.next(peer -> peer.equals("a") ? 1 : 0, 4, 0)).map(Gift::peer).contains("b");
        assertThat(giveOut.next(peer -> 4, 4, 0)).isEmpty();
    }

    @Test
    void aChunkIsGivenWhenItComes() {
        giveOut.usable(BLOB, new ChunkSet(CHUNKS));
        park("a", 1);
        assertThat(next(0)).isEmpty();

        giveOut.usable(BLOB, CHUNKS, 2);

        assertThat(giveOut.hasGifts()).isTrue();
        assertThat(next(0)).map(Gift::index).contains(2);
    }

    @Test
    void whatWasGivenAMomentAgoIsOnItsWayToAll() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        giveOut.holds("c", BLOB, ChunkSet.of(CHUNKS, 0), 0);
        park("a", 1);
        assertThat(next(0)).map(Gift::index).contains(1);

        assertThat(giveOut.isOnItsWay("b", BLOB, 1, 999_999_999)).isTrue();
        assertThat(giveOut.isOnItsWay("b", BLOB, 1, 1_000_000_000)).isFalse();
        assertThat(giveOut.isOnItsWay("b", BLOB, 0, 1)).as("held, and not given here").isFalse();
        assertThat(giveOut.isOnItsWay("b", BLOB, 2, 1)).as("not given").isFalse();
        assertThat(giveOut.isOnItsWay("b", BLOB, CHUNKS, 1)).as("none of the blob").isFalse();
        giveOut.leave("a");
        assertThat(giveOut.isOnItsWay("b", BLOB, 1, 1)).as("gone with the one who got it").isFalse();
    }

    @Test
    void aBlobThatEverybodyIsGivenIsOnItsWayToWhomItWasGiven() {
        giveOut.usable(BLOB, ChunkSet.full(1));
        park("a", 1);
        assertThat(all(0)).containsExactly(0);

        assertThat(giveOut.isOnItsWay("a", BLOB, 0, 1)).isTrue();
        assertThat(giveOut.isOnItsWay("b", BLOB, 0, 1)).isFalse();
    }

    @Test
    void whatANodeShowsNeedNotBeGiven() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        giveOut.holds("c", BLOB, ChunkSet.of(CHUNKS, 0, 2), 0);
        park("a", 4);

        assertThat(all(0)).containsExactly(1, 3);
    }

    @Test
    void whatIsNotShownInTimeIsGivenAgain() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        park("a", 2);
        park("b", 2);
        assertThat(all(0)).hasSize(4);
        giveOut.holds("a", BLOB, ChunkSet.of(CHUNKS, 0, 1, 2), 0);
        park("b", 2);

        assertThat(giveOut.expire(PATIENCE_NS)).isFalse();
        assertThat(giveOut.expire(PATIENCE_NS + 1)).isTrue();

        assertThat(all(PATIENCE_NS + 1)).containsExactly(3);
    }

    @Test
    void aNodeThatTakesFarLongerThanOthersToShowAChunkGetsNoMoreAsLongAsOthersWait() {
        long second = 1_000_000_000;
        int chunks = 20;
        GiveOut<String, String, Integer> patient = new GiveOut<>(5 * second);
        patient.usable(BLOB, ChunkSet.full(chunks));
        for (int i = 0; i < 10; i++) {
            patient.park("quick", BLOB, i);
            int index = patient.next(peer -> 0, 4, 0).orElseThrow().index();
            patient.holds("quick", BLOB, ChunkSet.of(chunks, index), second / 10);
        }
        patient.park("slow", BLOB, 1);
        assertThat(patient.next(peer -> 0, 4, 0)).map(Gift::index).contains(10);

        assertThat(patient.expire(second)).isFalse();
        assertThat(patient.expire(second + 1)).isTrue();

        patient.park("slow", BLOB, 2);
        patient.park("quick", BLOB, 10);
        assertThat(patient.next(peer -> 0, 4, second + 1)).contains(new Gift<>("quick", BLOB, 10, 10));
        assertThat(patient.next(peer -> 0, 4, second + 1)).contains(new Gift<>("slow", BLOB, 2, 11));
        patient.park("slow", BLOB, 3);
        patient.park("quick", BLOB, 11);
        assertThat(patient.next(peer -> peer.equals("quick") ? 4 : 0, 4, second + 1)).isEmpty();
    }

    @Test
    void whatOnlyANodeThatLeftHadIsGivenAgain() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        park("a", 4);
        all(0);
        giveOut.holds("b", BLOB, ChunkSet.of(CHUNKS, 1), 0);
        park("a", 1);

        giveOut.leave("a");
        park("c", 4);

        assertThat(giveOut.parkedBy("a")).isZero();
        assertThat(all(0)).containsExactly(0, 2, 3);
        assertThat(giveOut.expire(PATIENCE_NS)).isFalse();
    }

    @Test
    void aBlobOfOneChunkIsGivenToEverybodyOnce() {
        giveOut.usable(BLOB, ChunkSet.full(1));
        park("a", 2);
        park("b", 1);

        assertThat(next(0)).map(Gift::peer).contains("a");
        assertThat(next(0)).map(Gift::peer).contains("b");
        assertThat(next(0)).isEmpty();
    }

    @Test
    void whatIsCancelledClosedOrOfAnUnknownBlobGetsNothing() {
        assertThat(giveOut.park("a", "other", 1)).isFalse();
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        park("a", 1);
        park("b", 2);

        giveOut.cancel("a", 100);
        giveOut.close("b", BLOB);

        assertThat(next(0)).isEmpty();
        assertThat(giveOut.parkedBy("a") + giveOut.parkedBy("b")).isZero();
    }

    @Test
    void aForgottenBlobTakesItsWantsWithIt() {
        giveOut.usable(BLOB, ChunkSet.full(CHUNKS));
        park("a", 3);

        giveOut.remove(BLOB);

        assertThat(giveOut.parkedBy("a")).isZero();
        assertThat(giveOut.hasGifts()).isFalse();
        assertThat(giveOut.park("a", BLOB, 1)).isFalse();
    }
}
