package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DownloadTest {
    private static final int CHUNKS = 8;

    private final Neighbourhood neighbourhood = new Neighbourhood();
    private final Neighbour near = neighbourhood.join(new Neighbour("near", Distance.SAME_RACK, false));
    private final Neighbour far = neighbourhood.join(new Neighbour("far", Distance.FAR, false));
    private final Download download = new Download(
            Digest.of(new byte[0]), 64 << 10, new ChunkSet(CHUNKS), ChunkSet.full(CHUNKS), 0);

    @Test
    void aChunkThatWasAskedForIsNeitherMissingNorPresentUntilItArrives() {
        download.demand(0, 1, Priority.PREFETCH);
        download.asked(near, 0, Priority.PREFETCH, 0);

        assertThat(download.isWanting()).isTrue();
        assertThat(download.firstMissing()).isEqualTo(-1);
        assertThat(download.received(near, 0, 5)).isEqualTo(5);
        assertThat(near.outstanding()).isZero();
        download.arrived(0);

        assertThat(download.isWanting()).isFalse();
        assertThat(download.present().contains(0)).isTrue();
    }

    @Test
    void fromOutsideItTakesItsShareOfWhatTheRackLacksAndTheRestOnlyAfterAWhile() {
        Neighbour outside = neighbourhood.join(new Neighbour("outside", Distance.SAME_ZONE, false, true));
        download.holds(outside, ChunkSet.full(CHUNKS));
        download.holds(near, ChunkSet.of(CHUNKS, 1));
        download.share(new Share(1, 4));

        assertThat(offeredBy(0, outside)).isEqualTo(ChunkSet.of(CHUNKS, 5));
        assertThat(offeredBy(0, outside, near)).isEqualTo(ChunkSet.of(CHUNKS, 1, 5));
        assertThat(offeredBy(1, outside)).isEqualTo(ChunkSet.of(CHUNKS, 0, 2, 3, 4, 5, 6, 7));
    }

    private ChunkSet offeredBy(long settledNs, Neighbour... some) {
        long[] places = {Arrays.stream(some).mapToLong(n -> 1L << n.place).sum()};
        long mask = download.offered(0, places, settledNs);
        ChunkSet offered = new ChunkSet(CHUNKS);
        IntStream.range(0, CHUNKS).filter(i -> (mask & 1L << i) != 0).forEach(offered::add);
        return offered;
    }

    @Test
    void aSecondCopyIsOfNoUse() {
        download.asked(near, 0, Priority.ON_DEMAND, 0);
        download.asked(far, 0, Priority.ON_DEMAND, 1);
        download.received(near, 0, 2);

        assertThat(download.received(far, 0, 3)).isEqualTo(-1);
        download.arrived(0);
        assertThat(download.received(far, 0, 4)).isEqualTo(-1);

        assertThat(near.outstanding()).isZero();
        assertThat(far.outstanding()).isZero();
    }

    @Test
    void aChunkThatTurnsOutWrongIsMissingAgain() {
        download.demand(0, CHUNKS, Priority.PREFETCH);
        download.asked(near, 0, Priority.PREFETCH, 0);
        download.received(near, 0, 1);
        assertThat(download.firstMissing()).isEqualTo(1);

        download.lost(0);

        assertThat(download.firstMissing()).isZero();
    }

    @Test
    void whatOnlyANeighbourThatLeftWasAskedForIsMissingAgain() {
        download.demand(0, CHUNKS, Priority.PREFETCH);
        download.holds(near, ChunkSet.full(CHUNKS));
        download.asked(near, 0, Priority.PREFETCH, 0);
        download.asked(near, 1, Priority.PREFETCH, 0);
        download.asked(far, 1, Priority.PREFETCH, 0);

        download.leave(near);

        assertThat(download.firstMissing()).isZero();
        assertThat(download.askedOf(1)).containsExactly(far);
        assertThat(near.outstanding()).isZero();
        assertThat(far.outstanding()).isEqualTo(1);
        assertThat(download.copies(3)).isZero();
    }

    @Test
    void aRefusalIsCountedOnce() {
        download.asked(near, 0, Priority.PREFETCH, 0);

        download.refused(near, 0);
        download.refused(near, 0);
        download.refused(far, 0);

        assertThat(near.outstanding()).isZero();
        assertThat(far.outstanding()).isZero();
    }

    @Test
    void theMostUrgentDemandSaysWhatIsMissingFirst() {
        download.demand(0, CHUNKS, Priority.PREFETCH);
        Demand read = download.demand(5, 7, Priority.ON_DEMAND);

        assertThat(download.firstMissing()).isEqualTo(5);
        read.advance(6);
        assertThat(download.firstMissing()).isEqualTo(6);
        download.end(read);
        assertThat(download.firstMissing()).isZero();
    }

    @Test
    void aReservedRunIsAskedOfNobodyUntilItIsGivenBack() {
        download.demand(0, CHUNKS, Priority.PREFETCH);
        assertThat(download.missingRun(0, 3)).isEqualTo(3);
        for (int index = 0; index < 3; index++) {
            download.reserve(index, 0);
        }
        assertThat(download.firstMissing()).isEqualTo(3);
        assertThat(download.overdue(Long.MAX_VALUE)).isEmpty();

        download.lost(1);

        assertThat(download.firstMissing()).isEqualTo(1);
        assertThat(download.missingRun(1, 3)).isEqualTo(1);
    }

    @Test
    void theSupernodeMayChooseOnlyWhereMostOfTheRestIsWantedWithoutHaste() {
        Demand head = download.demand(0, 3, Priority.PREFETCH);
        assertThat(download.wantsTheRest()).isFalse();
        Demand tail = download.demand(6, CHUNKS, Priority.PREFETCH);
        assertThat(download.wantsTheRest()).isFalse();
        download.end(head);
        download.end(tail);
        Demand blocked = download.demand(0, CHUNKS, Priority.ON_DEMAND);
        assertThat(download.wantsTheRest()).isFalse();
        download.end(blocked);

        download.demand(0, CHUNKS, Priority.BACKGROUND);

        assertThat(download.wantsTheRest()).isTrue();
    }

    @Test
    void whatWasAskedForLongAgoIsOverdueUntilItIsReceived() {
        download.asked(near, 0, Priority.PREFETCH, 10);
        download.asked(near, 1, Priority.PREFETCH, 20);
        download.asked(near, 2, Priority.PREFETCH, 10);
        download.received(near, 2, 12);

        assertThat(download.overdue(20)).containsExactly(0);
    }
}
