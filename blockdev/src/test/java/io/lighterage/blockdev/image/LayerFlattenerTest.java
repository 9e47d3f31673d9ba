package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.TarItem.archive;
import static io.lighterage.blockdev.image.TarItem.file;
import static io.lighterage.blockdev.image.TarItem.of;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.lighterage.peer.content.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How layers are read, and what is said of those that are not what they claim. */
class LayerFlattenerTest {
    private static final String ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
    private static final byte[] ARCHIVE = archive(
            file("a", "small"),
            of('0', "b").content(random(100_000)),
            of('0', "c").content(random(5000)).pax("mtime", "1.5"));

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static Inode.Content contentOf(LayerEntries entries, String path) {
        for (LayerEntry entry : entries.entries()) {
            if (entry instanceof LayerEntry.Node node && node.path().equals(path)) {
                return node.content();
            }
        }
        throw new AssertionError("no " + path);
    }

    @Test
    void theSameArchiveGivesTheSameBytesHoweverItIsCompressed() throws Exception {
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        for (int at = 0; at < ARCHIVE.length; at += 30_000) {
            members.writeBytes(LayerStack.gzip(Arrays.copyOfRange(ARCHIVE, at, Math.min(ARCHIVE.length, at + 30_000))));
        }
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(new byte[] {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3});
        frames.writeBytes(Zstd.compress(Arrays.copyOf(ARCHIVE, 50_000)));
        frames.writeBytes(Zstd.compress(Arrays.copyOfRange(ARCHIVE, 50_000, ARCHIVE.length)));
        ByteArrayOutputStream plainData = new ByteArrayOutputStream();
        LayerEntries plain = LayerStack.flatten(ARCHIVE, LayerStack.PLAIN, ARCHIVE, plainData);
        for (Map.Entry<byte[], String> blob : Map.of(
                        LayerStack.gzip(ARCHIVE), LayerStack.GZIP,
                        members.toByteArray(), "application/vnd.docker.image.rootfs.diff.tar.gzip",
                        Zstd.compress(ARCHIVE), ZSTD,
                        frames.toByteArray(), ZSTD)
                .entrySet()) {
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            LayerEntries entries = LayerStack.flatten(blob.getKey(), blob.getValue(), ARCHIVE, data);
            assertThat(entries.bytes()).isEqualTo(plain.bytes());
            assertThat(data.toByteArray()).isEqualTo(plainData.toByteArray());
        }
        assertThat(plain.count()).isEqualTo(3);
        assertThat(plain.dataLength()).isEqualTo(plainData.size()).isEqualTo(25 * 4096 + 2 * 4096);
        assertThat(contentOf(plain, "a")).isInstanceOf(Inode.Inline.class);
        assertThat(Arrays.copyOfRange(plainData.toByteArray(), 25 * 4096, 25 * 4096 + 5000)).isEqualTo(random(5000));
    }

    @Test
    void aDigestThatDiffersIsNamed() throws Exception {
        byte[] blob = LayerStack.gzip(ARCHIVE);
        Digest other = Digest.of(new byte[1]);
        refuses(new Layer(other, LayerStack.GZIP, Digest.of(ARCHIVE)), blob, LayerLimits.DEFAULT,
                "layer " + other + ": its digest is " + Digest.of(blob));
        refuses(new Layer(Digest.of(blob), LayerStack.GZIP, other), blob, LayerLimits.DEFAULT,
                "the diffID of its archive is " + Digest.of(ARCHIVE) + ", not " + other);
    }

    @Test
    void bytesBehindTheArchiveCountInBothDigests() throws Exception {
        byte[] longer = Arrays.copyOf(ARCHIVE, ARCHIVE.length + 700_000);
        assertThat(LayerStack.flatten(LayerStack.gzip(longer), LayerStack.GZIP, longer, OutputStream.nullOutputStream())
                        .count())
                .isEqualTo(3);
    }

    @Test
    void aMediaTypeThatLiesIsNamed() throws Exception {
        byte[] gzip = LayerStack.gzip(ARCHIVE);
        refuses(gzip, ZSTD, ZSTD + " says zstd, but it is gzip");
        refuses(ARCHIVE, LayerStack.GZIP, "says gzip, but it is not compressed");
        refuses(
                layer(ARCHIVE, "application/json"),
                ARCHIVE,
                LayerLimits.DEFAULT,
                "application/json is not one of an image layer");
    }

    @Test
    void aLayerBeyondALimitIsRefused() throws Exception {
        byte[] zeros = archive(of('0', "zeros").content(new byte[1 << 20]));
        LayerLimits half = new LayerLimits(1 << 19, 1, 1 << 20);
        byte[] gzip = LayerStack.gzip(zeros);
        refuses(layer(gzip, LayerStack.GZIP), gzip, half, "has over 524288 bytes, the limit");
        byte[] zstd = Zstd.compress(zeros);
        refuses(layer(zstd, ZSTD), zstd, half, "has over 524288 bytes, the limit");
        byte[] many = archive(IntStream.range(0, 1000).mapToObj(i -> file("f" + i, "x")).toArray(TarItem[]::new));
        refuses(
                layer(many, LayerStack.PLAIN),
                many,
                new LayerLimits(1 << 30, 1, 4096),
                "entry list has over 4096 bytes");
        byte[] holes = archive(of('0', "holes").content(TarItem.bytes("2\n0\n1\n65536\n1\n" + "\0".repeat(498) + "xy"))
                .pax("GNU.sparse.major", "1").pax("GNU.sparse.minor", "0").pax("GNU.sparse.realsize", "131072"));
        refuses(
                layer(holes, LayerStack.PLAIN),
                holes,
                new LayerLimits(100_000, 1, 1 << 20),
                "entry \"holes\": the files of the layer have over");
    }

    /** Over a GiB of zeros out of a MiB: the ratio stops it long before the absolute limit. */
    @Test
    void aGzipBombIsStoppedByItsRatio() throws Exception {
        refuses(bomb(LayerStack::gzip), LayerStack.GZIP, "entry \"bomb\"", "over 200 times as many, the limit");
    }

    @Test
    void aZstdBombIsStoppedByItsRatio() throws Exception {
        refuses(bomb(Zstd::compress), ZSTD, "entry \"bomb\"", "over 200 times as many, the limit");
    }

    private interface Compressor {
        byte[] compress(byte[] plain) throws IOException;
    }

    /** A file of 20 times 64 MiB of zeros, each compressed alone. */
    private static byte[] bomb(Compressor compressor) throws IOException {
        byte[] header = Arrays.copyOf(archive(of('0', "bomb").size(20L * (64 << 20) - 512)), 512);
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.writeBytes(compressor.compress(header));
        byte[] part = compressor.compress(new byte[64 << 20]);
        for (int i = 0; i < 20; i++) {
            bomb.writeBytes(part);
        }
        return bomb.toByteArray();
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @Test
    void anEntryWhoseSizeLiesIsNamed() throws Exception {
        byte[] tooLong = archive(file("fine", "1"), file("liar", "x").size(1L << 40));
        refuses(tooLong, LayerStack.PLAIN, "entry \"liar\": ", "bytes too early");
        byte[] tooShort = archive(of('0', "liar").content(random(2000)).size(10));
        refuses(tooShort, LayerStack.PLAIN, "entry \"liar\": there is no tar header behind it");
    }

    @Test
    void aLayerCutOffAnywhereIsRefused() throws Exception {
        for (Map.Entry<byte[], String> blob :
                Map.of(LayerStack.gzip(ARCHIVE), LayerStack.GZIP, Zstd.compress(ARCHIVE), ZSTD).entrySet()) {
            Layer layer = layer(blob.getKey(), blob.getValue());
            int whole = blob.getKey().length;
            for (int length = 0; length < whole; length += length < 64 || length > whole - 64 ? 1 : 997) {
                byte[] cut = Arrays.copyOf(blob.getKey(), length);
                refuses(layer, cut, LayerLimits.DEFAULT, "layer " + layer.digest(), "it ends early, after " + length);
            }
        }
        for (int length = 0; length < ARCHIVE.length; length += 256) {
            byte[] cut = Arrays.copyOf(ARCHIVE, length);
            Layer layer = layer(ARCHIVE, LayerStack.PLAIN);
            refuses(layer, cut, LayerLimits.DEFAULT, "layer " + layer.digest());
        }
    }

    @Test
    void aLayerWithAWrongBitAnywhereIsRefused() throws Exception {
        Random random = new Random(1);
        for (byte[] blob : new byte[][] {LayerStack.gzip(ARCHIVE), Zstd.compress(ARCHIVE), ARCHIVE}) {
            String type = blob == ARCHIVE ? LayerStack.PLAIN : blob[0] == 0x1f ? LayerStack.GZIP : ZSTD;
            for (int i = 0; i < 400; i++) {
                byte[] wrong = blob.clone();
                wrong[i < 100 ? i : random.nextInt(blob.length)] ^= (byte) (1 << random.nextInt(8));
                refuses(
                        new Layer(Digest.of(blob), type, Digest.of(ARCHIVE)),
                        wrong,
                        LayerLimits.DEFAULT,
                        "layer " + Digest.of(blob));
            }
        }
    }

    @Test
    void whiteoutsThatWouldRemoveTheirOwnDirectoryOrTheOneAboveAreRefused() throws Exception {
        for (String name : new String[] {".wh.", ".wh..", ".wh...", "d/.wh...", "d/.wh.."}) {
            byte[] archive = archive(file(name, ""));
            refuses(archive, LayerStack.PLAIN, "a whiteout without the name of what it removes");
        }
    }

    @Test
    void numbersThatLinuxDoesNotHaveAreRefused() throws Exception {
        Map<TarItem, String> items = Map.of(
                file("f", "").owner(0xffffffffL, 0).gnu(), "uid 4294967295 does not exist",
                file("f", "").owner(0, -1).gnu(), "gid -1 does not exist",
                of('3', "f").device(4096, 0), "no device 4096:0",
                of('4', "f").device(0, 1 << 20), "no device 0:1048576",
                file("f", "").size(-1).gnu(), "size is negative",
                file("f", "").pax("SCHILY.xattr.user.big", "x".repeat(65536)), "has 65536 bytes",
                file("f", "").pax("SCHILY.xattr.user.", "x"), "has a name that Linux does not take",
                file("f", "").pax("SCHILY.xattr.user." + "x".repeat(251), "x"), "has a name that Linux does not take");
        for (Map.Entry<TarItem, String> item : items.entrySet()) {
            byte[] archive = archive(item.getKey());
            refuses(archive, LayerStack.PLAIN, "entry \"f\": ", item.getValue());
        }
    }

    @Test
    void extendedAttributesOfTheHostAndOfOtherSystemsAreLeftOut() throws Exception {
        byte[] archive = archive(file("f", "")
                .pax("SCHILY.xattr.user.kept.", "1")
                .pax("SCHILY.xattr.security.selinux", "system_u:object_r:etc_t:s0")
                .pax("SCHILY.xattr.trusted.overlay.opaque", "y")
                .pax("SCHILY.xattr.system.nfs4_acl", "x")
                .pax("SCHILY.xattr.com.apple.provenance", "x")
                .pax("SCHILY.xattr.system.other", "x"));
        LayerEntries entries = LayerStack.flatten(archive, LayerStack.PLAIN, archive, OutputStream.nullOutputStream());
        LayerEntry.Node node = (LayerEntry.Node) entries.entries().iterator().next();
        assertThat(node.attributes().xattrs()).containsOnlyKeys("user.kept.");
    }

    @Test
    void extendedAttributesOfLibarchiveAreRead() throws Exception {
        byte[] archive = archive(file("f", "")
                .pax("LIBARCHIVE.xattr.user.a%3Db%25", "AP8")
                .pax("LIBARCHIVE.xattr.user.both", "AA")
                .pax("SCHILY.xattr.user.both", "1"));
        LayerEntries entries = LayerStack.flatten(archive, LayerStack.PLAIN, archive, OutputStream.nullOutputStream());
        LayerEntry.Node node = (LayerEntry.Node) entries.entries().iterator().next();
        assertThat(node.attributes().xattrs()).containsOnlyKeys("user.a=b%", "user.both");
        assertThat(node.attributes().xattrs().get("user.a=b%")).isEqualTo(new byte[] {0, (byte) 0xff});
        assertThat(node.attributes().xattrs().get("user.both")).isEqualTo(new byte[] {'1'});
    }

    @Test
    void aSparseFileOfTheOldGnuFormatKeepsItsGreatHoles() throws Exception {
        byte[] header = new byte[126];
        long[] numbers = {0, 512, 1000, 24, 10_000_000, 512, 20_000_000, 512};
        for (int i = 0; i < numbers.length; i++) {
            TarItem.number(header, 12 * i, 12, numbers[i]);
        }
        header[482 - 386] = 1;
        TarItem.number(header, 483 - 386, 12, 30_000_000);
        byte[] more = new byte[512];
        TarItem.number(more, 0, 12, 29_999_990);
        TarItem.number(more, 12, 12, 10);
        byte[] stored = random(512 + 24 + 512 + 512 + 10);
        byte[] archive = archive(
                of('S', "sparse")
                        .gnu()
                        .sparseHeader(header)
                        .content(concat(more, stored))
                        .size(stored.length),
                file("next", "n"));
        Images.Sample sample = LayerStack.of(archive).merge();
        Inode.Data data = (Inode.Data) ((Inode.Directory) sample.root().content()).entries().get("sparse").content();
        assertThat(data.size()).isEqualTo(30_000_000);
        assertThat(data.runs()).hasSize(4);
        assertThat(sample.blobs().getFirst().length).isLessThan(1_000_000);
        byte[] expected = new byte[30_000_000];
        int at = 0;
        for (long[] part :
                new long[][] {{0, 512}, {1000, 24}, {10_000_000, 512}, {20_000_000, 512}, {29_999_990, 10}}) {
            System.arraycopy(stored, at, expected, (int) part[0], (int) part[1]);
            at += (int) part[1];
        }
        assertThat(TreeCheck.of(sample).bytes(data)).isEqualTo(expected);
        assertThat(((Inode.Directory) sample.root().content()).entries()).containsKey("next");
    }

    /** Over 4 GiB, out of a few MiB that are made as they are read. */
    @Test
    void aFileOfOver4GiBKeepsItsSizeAndPlace() throws Exception {
        long size = (4L << 30) + 5000;
        byte[] head = Arrays.copyOf(archive(file("big", "").size(size)), 512);
        byte[] tail = archive(of('0', "behind").content(random(5000)));
        InputStream archive = new SequenceInputStream(
                new SequenceInputStream(new ByteArrayInputStream(head), new Zeros(size + (-size & 511))),
                new ByteArrayInputStream(tail));
        // Known in advance: to compute it here too would take as long as all else.
        Digest digest = Digest.parse("sha256:223c7c282cd601bf4be09c65607ec0bc9a615f7ecdbdd9715a279cefd6e45b61");
        LayerEntries entries = new LayerFlattener(LayerLimits.DEFAULT)
                .flatten(new Layer(digest, LayerStack.PLAIN, digest), archive, bytes -> bytes.position(bytes.limit()));
        assertThat(contentOf(entries, "big")).isEqualTo(new Inode.Data(size, 0, List.of(new Inode.Run(0, 0, size))));
        assertThat(contentOf(entries, "behind"))
                .isEqualTo(new Inode.Data(5000, 0, List.of(new Inode.Run(0, (4L << 30) + 8192, 5000))));
    }

    /** Zeros without end but one. */
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long length) {
            left = length;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            if (left <= 0) {
                return -1;
            }
            int step = (int) Math.min(left, count);
            Arrays.fill(target, offset, offset + step, (byte) 0);
            left -= step;
            return step;
        }
    }

    @Test
    void aFailureOfTheSourceOrTheSinkIsNotBlamedOnTheLayer() throws Exception {
        byte[] blob = LayerStack.gzip(ARCHIVE);
        IOException gone = new IOException("the disk is gone");
        InputStream failing = new SequenceInputStream(new ByteArrayInputStream(blob, 0, 20_000), new InputStream() {
            @Override
            public int read() throws IOException {
                throw gone;
            }
        });
        LayerFlattener flattener = new LayerFlattener(LayerLimits.DEFAULT);
        assertThatThrownBy(() -> flattener.flatten(
                        layer(blob, LayerStack.GZIP), failing, bytes -> bytes.position(bytes.limit())))
                .isSameAs(gone);
        assertThatThrownBy(
                        () -> flattener.flatten(layer(blob, LayerStack.GZIP), new ByteArrayInputStream(blob), bytes -> {
                            throw gone;
                        }))
                .isSameAs(gone);
    }

    private static Layer layer(byte[] blob, String mediaType) {
        return new Layer(Digest.of(blob), mediaType, Digest.of(ARCHIVE));
    }

    private static void refuses(byte[] blob, String mediaType, String... saying) {
        refuses(layer(blob, mediaType), blob, LayerLimits.DEFAULT, saying);
    }

    private static void refuses(Layer layer, byte[] blob, LayerLimits limits, String... saying) {
        assertThatThrownBy(() -> LayerStack.flatten(layer, blob, OutputStream.nullOutputStream(), limits))
                .isInstanceOf(LayerException.class)
                .hasMessageContainingAll(saying);
    }
}
