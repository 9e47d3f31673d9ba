package io.lighterage.peer.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class RangesPropertiesTest {
    private static final Digest DIGEST = Digest.of(new byte[] {1});

    @Provide
    Arbitrary<BlobInfo> blobs() {
        Arbitrary<Integer> chunks = Arbitraries.integers().between(16, 22).map(power -> 1 << power);
        Arbitrary<Long> lengths = Arbitraries.longs().between(0, BlobInfo.LONGEST).edgeCases(
                cases -> cases.add(0L, 1L, 65_535L, 65_536L, 65_537L, 4_194_304L, 4_194_305L, BlobInfo.LONGEST));
        return Combinators.combine(lengths, chunks).as((length, chunk) -> new BlobInfo(DIGEST, length, chunk));
    }

    @Property
    void chunksCoverTheBlobWithoutGapOrOverlap(@ForAll("blobs") BlobInfo info, @ForAll @LongRange(min = 0) long seed) {
        int count = info.chunkCount();
        if (count == 0) {
            assertThat(info.length()).isZero();
            return;
        }
        assertThat(info.offsetOf(0)).isZero();
        assertThat(info.offsetOf(count - 1) + info.lengthOf(count - 1)).isEqualTo(info.length());
        int index = (int) (seed % count);
        assertThat(info.lengthOf(index)).isBetween(1, info.chunkLength());
        assertThat(info.chunkAt(info.offsetOf(index))).isEqualTo(index);
        assertThat(info.chunkAt(info.offsetOf(index) + info.lengthOf(index) - 1)).isEqualTo(index);
        if (index < count - 1) {
            assertThat(info.offsetOf(index) + info.lengthOf(index)).isEqualTo(info.offsetOf(index + 1));
        }
    }

    @Property
    void whatIsOutsideOfTheBlobIsRefused(@ForAll("blobs") BlobInfo info) {
        for (int index : new int[] {-1, info.chunkCount(), Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> info.offsetOf(index)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> info.lengthOf(index)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        for (long offset : new long[] {-1, info.length(), Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> info.chunkAt(offset)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Property
    void onlyPowersOfTwoInTheirBoundsAreChunkLengths(@ForAll int chunkLength) {
        Set<Integer> legal = Set.of(1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22);
        if (!legal.contains(chunkLength)) {
            assertThatThrownBy(() -> new BlobInfo(DIGEST, 1, chunkLength))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Integer.toString(chunkLength));
        }
    }

    @Property
    void chunksGrowWithTheBlobAndNoMoreThanItsTableNeeds(
            @ForAll("blobs") BlobInfo any, @ForAll @IntRange(min = 16, max = 22) int power) {
        int least = 1 << power;
        BlobInfo info = new BlobInfo(DIGEST, any.length(), BlobInfo.chunkLength(any.length(), least));

        assertThat(info.chunkCount()).isLessThanOrEqualTo(BlobInfo.USUAL_CHUNKS);
        assertThat(info.chunkLength()).isGreaterThanOrEqualTo(least);
        if (info.chunkLength() > least) {
            assertThat(new BlobInfo(DIGEST, any.length(), info.chunkLength() / 2).chunkCount())
                    .isGreaterThan(BlobInfo.USUAL_CHUNKS);
        }
    }

    @Example
    void blobsAreCutAsTheirLengthAsks() {
        assertThat(BlobInfo.of(DIGEST, 16L << 30).chunkLength()).isEqualTo(256 << 10);
        assertThat(BlobInfo.of(DIGEST, (16L << 30) + 1).chunkLength()).isEqualTo(512 << 10);
        assertThat(BlobInfo.of(DIGEST, BlobInfo.LONGEST).chunkLength()).isEqualTo(BlobInfo.LARGEST_CHUNK);
    }

    @Example
    void lengthsOutsideOfTheirBoundsAreRefused() {
        for (long length : new long[] {-1, BlobInfo.LONGEST + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> BlobInfo.of(DIGEST, length)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Property
    void aByteRangeEndsBehindItsLastByteOrIsRefused(@ForAll long offset, @ForAll long length) {
        boolean legal = offset >= 0 && length >= 0 && length <= Long.MAX_VALUE - offset;
        if (legal) {
            assertThat(new ByteRange(offset, length).end()).isGreaterThanOrEqualTo(offset).isEqualTo(offset + length);
        } else {
            assertThatThrownBy(() -> new ByteRange(offset, length)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Property
    void aChunkSetIsTheSetThatItsBitmapSays(
            @ForAll @IntRange(max = 300) int size, @ForAll Set<@IntRange(max = 299) Integer> indices) {
        ChunkSet set = new ChunkSet(size);
        BitSet model = new BitSet();
        for (int index : indices) {
            if (index < size) {
                set.add(index);
                model.set(index);
            } else {
                assertThatThrownBy(() -> set.add(index)).isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
        assertThat(set.count()).isEqualTo(model.cardinality());
        assertThat(set.isFull()).isEqualTo(model.cardinality() == size);
        assertThat(set.isEmpty()).isEqualTo(model.isEmpty());
        ChunkSet back = ChunkSet.ofBitmap(size, set.bitmap());
        for (int from = 0; from < size; from++) {
            assertThat(back.contains(from)).isEqualTo(model.get(from));
            assertThat(set.nextPresent(from)).isEqualTo(model.nextSetBit(from));
            assertThat(set.nextMissing(from)).isEqualTo(Math.min(size, model.nextClearBit(from)));
        }
    }

    @Property
    void aBitmapWithChunksThatTheBlobDoesNotHaveIsRefused(@ForAll @IntRange(max = 100) int size) {
        BitSet beyond = new BitSet();
        beyond.set(size);
        assertThatThrownBy(() -> ChunkSet.ofBitmap(size, beyond.toByteArray()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
