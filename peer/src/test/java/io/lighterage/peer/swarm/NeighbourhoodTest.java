package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NeighbourhoodTest {
    private static final int CHUNKS = 8;

    private final Neighbourhood neighbourhood = new Neighbourhood();
    private final Download download = new Download(
            Digest.of(new byte[0]), 64 << 10, new ChunkSet(CHUNKS), ChunkSet.full(CHUNKS), 0);

    private Neighbour joined(String id) {
        return neighbourhood.join(new Neighbour(id, Distance.SAME_RACK, false));
    }

    @Test
    void moreHostsThanAWordHasBitsAreKeptApart() {
        List<Neighbour> all = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            all.add(joined("host" + i));
            download.holds(all.get(i), ChunkSet.of(CHUNKS, i % CHUNKS));
        }

        for (int i = 0; i < 150; i++) {
            assertThat(download.isHeldBy(all.get(i), i % CHUNKS)).isTrue();
            assertThat(download.isHeldBy(all.get(i), (i + 1) % CHUNKS)).isFalse();
        }
        assertThat(download.nodeCount()).isEqualTo(150);
        assertThat(download.copies(0)).isEqualTo(19);
    }

    @Test
    void whoTakesThePlaceOfOneThatLeftHoldsNothingOfIts() {
        Neighbour gone = joined("gone");
        download.holds(gone, ChunkSet.full(CHUNKS));
        download.asked(gone, 0, Priority.PREFETCH, 0);
        gone.block(1_000);

        download.leave(gone);
        neighbourhood.leave(gone);
        Neighbour other = joined("other");

        assertThat(other.place).isEqualTo(gone.place);
        assertThat(download.isHeldBy(other, 0)).isFalse();
        assertThat(download.isHeldBy(gone, 0)).isFalse();
        assertThat(other.outstanding()).isZero();
        assertThat(neighbourhood.outstanding()).isZero();
        assertThat(neighbourhood.busy()).isZero();
        assertThat(neighbourhood.blocked(0, 1L << other.place, 0)).isZero();
    }

    @Test
    void aHostJoinsOnce() {
        Neighbour neighbour = joined("a");

        assertThatThrownBy(() -> neighbourhood.join(neighbour)).isInstanceOf(IllegalArgumentException.class);
    }
}
