package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
    private static final Digest DIGEST = Digest.of(new byte[] {7});

    @Property(tries = 500)
    void everyFrameSurvivesTheWireHoweverItIsCutUp(
            @ForAll("frames") @Size(min = 1, max = 8) List<Frame> frames, @ForAll Random cuts) {
        ByteBuf wire = Unpooled.buffer();
        frames.forEach(frame -> write(wire, frame));

        try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
            while (wire.isReadable()) {
                int piece = Math.min(wire.readableBytes(), 1 + cuts.nextInt(cuts.nextBoolean() ? 7 : 4096));
                decoding.feed(wire.readBytes(piece));
            }
            assertThat(decoding.decoded()).usingRecursiveComparison().isEqualTo(
                    frames.stream().map(Decoding::plain).toList());
        }
        wire.release();
    }

    @Property(tries = 200)
    void helloSurvivesTheWire(@ForAll("hellos") Hello hello) {
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.INTRODUCTION)) {
            decoding.feed(FrameEncoder.encode(hello));
            assertThat(decoding.decoded()).containsExactly(hello);
        }
    }

    @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
    void randomBytesAreRefusedOrUnderstoodAndNothingLeaks(
            @ForAll byte[] bytes, @ForAll FrameDecoder.Phase phase, @ForAll boolean bounded) {
        byte[] input = bytes.clone();
        if (bounded && input.length > 4) { // a plausible length and type lead deeper into the parser
            input[0] = 0;
            input[1] = 0;
            input[2] = 0;
            input[4] = (byte) (input[4] & 31);
        }
        try (Decoding decoding = new Decoding(phase)) {
            assertThatCode(() -> decoding.feed(Unpooled.wrappedBuffer(input)))
                    .satisfiesAnyOf(
                            thrown -> assertThat(thrown).isNull(),
                            thrown -> assertThat(thrown).isInstanceOf(MalformedFrameException.class));
            assertThat(decoding.allocatedBytes()).isLessThanOrEqualTo(BlobInfo.LARGEST_CHUNK);
        }
    }

    @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
    void mutatedFramesAreRefusedOrUnderstoodAndNothingLeaks(
            @ForAll("frames") @Size(min = 1, max = 3) List<Frame> frames, @ForAll Random random) {
        ByteBuf wire = Unpooled.buffer();
        frames.forEach(frame -> write(wire, frame));
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            wire.setByte(random.nextInt(Math.min(64, wire.readableBytes())), random.nextInt());
        }
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
            assertThatCode(() -> decoding.feed(wire))
                    .satisfiesAnyOf(
                            thrown -> assertThat(thrown).isNull(),
                            thrown -> assertThat(thrown).isInstanceOf(MalformedFrameException.class));
            assertThat(decoding.allocatedBytes()).isLessThanOrEqualTo(BlobInfo.LARGEST_CHUNK);
        }
    }

    @Test
    void anAnnouncedLengthIsCheckedBeforeAnythingIsAllocated() {
        for (int type = 0; type < 256; type++) {
            try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
                ByteBuf head = Unpooled.buffer().writeInt(Integer.MAX_VALUE).writeByte(type);
                assertThatThrownBy(() -> decoding.feed(head)).isInstanceOf(MalformedFrameException.class);
                assertThat(decoding.allocatedBytes()).isZero();
            }
        }
    }

    @Test
    void anAnnouncedMebibyteOfAFrameCostsOnlyWhatArrives() {
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
            decoding.feed(
                    Unpooled.buffer().writeInt(WireFormat.LARGEST_CONTROL).writeByte(WireFormat.HAVE).writeInt(1));
            assertThat(decoding.allocatedBytes()).isLessThan(32 << 10);
        }
    }

    @Test
    void onlyAHelloOrGoodbyeIsAllowedBeforeTheHello() {
        for (Frame frame : List.of(new Frame.Ping(1), new Frame.Close(DIGEST), new Frame.Cancel(1))) {
            try (Decoding decoding = new Decoding(FrameDecoder.Phase.INTRODUCTION)) {
                assertThatThrownBy(() -> decoding.feed(FrameEncoder.encode(frame)))
                        .isInstanceOf(MalformedFrameException.class);
            }
        }
    }

    @Test
    void packedChunksAreRefusedWhereTheyWereNotAgreedOn() {
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
            ByteBuf packed = Unpooled.buffer();
            FrameEncoder.zstdChunkHead(packed, 1, DIGEST, 1, 100, 1);
            packed.writeByte(1);
            assertThatThrownBy(() -> decoding.feed(packed))
                    .isInstanceOf(MalformedFrameException.class)
                    .hasMessageContaining("has no place here");
        }
    }

    @Test
    void aPackedChunkCannotAnnounceMoreThanAChunk() {
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
            decoding.decoder.allowZstd();
            ByteBuf packed = Unpooled.buffer();
            FrameEncoder.zstdChunkHead(packed, 1, DIGEST, 1, BlobInfo.LARGEST_CHUNK + 1, 1);
            packed.writeByte(1);
            assertThatThrownBy(() -> decoding.feed(packed)).isInstanceOf(MalformedFrameException.class);
            assertThat(decoding.allocatedBytes()).isZero();
        }
    }

    @Test
    void aHelloOfAnotherVersionIsRefusedByItsNumber() {
        Hello hello = new Hello(1, new UUID(1, 2), Hello.Role.NODE, "", 1, "", "", 0);
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.INTRODUCTION)) {
            assertThatThrownBy(() -> decoding.feed(FrameEncoder.encode(hello)))
                    .isInstanceOf(MalformedFrameException.class)
                    .hasMessageContaining("version 1");
        }
    }

    @Test
    void anHttpRequestIsRefused() {
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.INTRODUCTION)) {
            ByteBuf request = Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> decoding.feed(request)).isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void sayingTooMuchIsTheSendersError() {
        String longName = "x".repeat(256);
        Hello hello = new Hello(1, new UUID(1, 2), Hello.Role.NODE, longName, 1, "", "", 0);
        assertThatThrownBy(() -> FrameEncoder.encode(hello))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("host");
    }

    @Test
    void aLongReasonIsShortenedAtACharacter() {
        try (Decoding decoding = new Decoding(FrameDecoder.Phase.OPEN)) {
            decoding.feed(FrameEncoder.encode(new Frame.Goodbye("x" + "é".repeat(1000))));
            assertThat(decoding.decoded()).containsExactly(new Frame.Goodbye("x" + "é".repeat(511)));
        }
    }

    @Test
    void oneNewChunkOfAHugeBlobIsAShortFrame() {
        Frame have = new Frame.Have(DIGEST, ChunkSet.of(4_194_304, 4_194_303));
        assertThat(FrameEncoder.encode(have).readableBytes()).isLessThan(64);
    }

    private static void write(ByteBuf wire, Frame frame) {
        if (frame instanceof Frame.Chunk chunk) {
            int length = chunk.data().readableBytes();
            ByteBuf head = FrameEncoder.chunkHead(
                    UnpooledByteBufAllocator.DEFAULT, chunk.request(), chunk.digest(), chunk.index(), length);
            wire.writeBytes(head).writeBytes(chunk.data().duplicate());
            head.release();
        } else {
            wire.writeBytes(FrameEncoder.encode(frame));
        }
    }

    @Provide
    Arbitrary<List<Frame>> frames() {
        return frame().list();
    }

    @Provide
    Arbitrary<Hello> hellos() {
        Arbitrary<Hello.Role> roles = Arbitraries.of(Hello.Role.class);
        Arbitrary<Integer> ports = Arbitraries.integers().between(0, 65535);
        return Combinators.combine(ids(), roles, names(), ports, names(), names(), Arbitraries.integers())
                .as((id, role, host, port, rack, zone, features) ->
                        new Hello(Hello.VERSION, id, role, host, port, rack, zone, features));
    }

    private static Arbitrary<Frame> frame() {
        Arbitrary<Integer> any = Arbitraries.integers();
        Arbitrary<Integer> index = Arbitraries.integers().between(0, WireFormat.MOST_CHUNKS - 1);
        Arbitrary<Integer> wanted = Arbitraries.oneOf(index, Arbitraries.just(Frame.ANY));
        Arbitrary<Integer> statuses = Arbitraries.integers().between(400, 599);
        return Arbitraries.<Frame>oneOf(List.of(
                Combinators.combine(digests(), origins().optional(), Arbitraries.of(true, false), any.optional())
                        .as((digest, origin, table, want) -> new Frame.Open(
                                digest, origin, table, want.map(OptionalInt::of).orElse(OptionalInt.empty()))),
                digests().map(Frame.Close::new),
                Combinators.combine(digests(), Arbitraries.integers().between(0, 40), byteArrays(60))
                        .as((digest, first, raw) -> new Frame.Table(
                                digest, 100L * 65536, 65536, first, Arrays.copyOf(raw, raw.length / 32 * 32))),
                Combinators.combine(digests(), statuses, names(), names(), byteArrays(500))
                        .as((digest, status, challenge, retry, body) -> new Frame.Refused(
                                digest, new Frame.Refusal(status, challenge, retry, body))),
                Combinators.combine(digests(), Arbitraries.integers().between(1, 0xffff), peers().list().ofMaxSize(5))
                        .as((digest, shares, peers) -> new Frame.Peers(digest, shares / 2, shares, peers)),
                Combinators.combine(digests(), chunkSets()).as(Frame.Have::new),
                Combinators.combine(
                                any, digests(), wanted, Arbitraries.of(Priority.class),
                                Arbitraries.integers().between(0, 1 << 16))
                        .as(Frame.Want::new),
                any.map(Frame.Cancel::new),
                Combinators.combine(any, Arbitraries.integers().greaterOrEqual(0)).as(Frame.Busy::new),
                Combinators.combine(any, Arbitraries.integers().greaterOrEqual(0)).as(Frame.Later::new),
                digests().map(Frame.Withdrawn::new),
                names().map(Frame.Goodbye::new),
                Arbitraries.longs().map(Frame.Ping::new),
                Arbitraries.longs().map(Frame.Pong::new),
                Combinators.combine(any, digests(), index, byteArrays(9000).filter(bytes -> bytes.length > 0))
                        .as((request, digest, at, bytes) ->
                                new Frame.Chunk(request, digest, at, Unpooled.wrappedBuffer(bytes)))));
    }

    private static Arbitrary<Digest> digests() {
        return Arbitraries.bytes().array(byte[].class).ofSize(Digest.BYTES).map(Digest::ofBytes);
    }

    private static Arbitrary<byte[]> byteArrays(int longest) {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(longest);
    }

    private static Arbitrary<UUID> ids() {
        return Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(UUID::new);
    }

    private static Arbitrary<String> names() {
        return Arbitraries.strings().withChars('a', 'z', 'é', '水', '-').ofMaxLength(80);
    }

    private static Arbitrary<Frame.Origin> origins() {
        return names().map(token -> new Frame.Origin(new Repository("docker.io", "library/debian"), token));
    }

    private static Arbitrary<PeerAddress> peers() {
        return Combinators.combine(ids(), names(), Arbitraries.integers().between(1, 65535), names(), names())
                .as(PeerAddress::new);
    }

    private static Arbitrary<ChunkSet> chunkSets() {
        return Combinators.combine(Arbitraries.integers().between(1, 5000), Arbitraries.integers().list().ofMaxSize(50))
                .as((size, indices) ->
                        ChunkSet.of(size, indices.stream().mapToInt(i -> Math.floorMod(i, size)).toArray()));
    }

    /** A decoder whose memory is watched. */
    private static final class Decoding implements AutoCloseable {
        final FrameDecoder decoder = new FrameDecoder(false);
        private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final List<Object> decoded = new ArrayList<>();

        Decoding(FrameDecoder.Phase phase) {
            channel.config().setAllocator(allocator);
            channel.pipeline().addLast(decoder);
            if (phase != FrameDecoder.Phase.INTRODUCTION) {
                decoder.enter(phase);
            }
        }

        void feed(ByteBuf bytes) {
            channel.writeInbound(bytes);
        }

        /** What was decoded so far, payloads as arrays. */
        List<Object> decoded() {
            for (Object next; (next = channel.readInbound()) != null; ) {
                decoded.add(next instanceof Frame frame ? plain(frame) : next);
            }
            return decoded;
        }

        static Object plain(Frame frame) {
            if (!(frame instanceof Frame.Chunk chunk)) {
                return frame;
            }
            byte[] bytes = new byte[chunk.data().readableBytes()];
            chunk.data().readBytes(bytes).release();
            return List.of(chunk.request(), chunk.digest(), chunk.index(), bytes);
        }

        long allocatedBytes() {
            return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
        }

        @Override
        public void close() {
            for (Object next; (next = channel.readInbound()) != null; ) {
                if (next instanceof Frame.Chunk chunk) {
                    chunk.data().release();
                } else if (next instanceof CompressedChunk chunk) {
                    chunk.packed().release();
                }
            }
            channel.finishAndReleaseAll();
            assertThat(allocatedBytes()).as("bytes that were not released").isZero();
        }
    }
}
