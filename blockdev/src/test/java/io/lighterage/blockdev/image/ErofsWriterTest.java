package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.Images.directory;
import static io.lighterage.blockdev.image.Images.inode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErofsWriterTest {
    private static final Inode.Data NOTHING = new Inode.Data(1, 0, List.of());

    @TempDir
    Path directory;

    @Test
    void aDirectoryOfManyEntriesIsListedAndSearched() throws IOException {
        SortedMap<String, Inode> entries = new TreeMap<>();
        for (int i = 0; i < 100_000; i++) {
            entries.put("entry-" + i, inode(new Inode.Fifo()));
        }
        checkMounted(new Images.Sample(directory(new TreeMap<>(Map.of("many", directory(entries)))), List.of()));
    }

    @Test
    void thousandsOfLongestNamesFit() throws IOException {
        SortedMap<String, Inode> entries = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            entries.put("%05d".formatted(i) + "\u00FF".repeat(250), inode(new Inode.Inline(new byte[i])));
        }
        checkMounted(new Images.Sample(directory(entries), List.of()));
    }

    @Test
    void namesBeforeTheDotsAreFound() throws IOException {
        SortedMap<String, Inode> entries = new TreeMap<>();
        for (String name : List.of("\u0001", "!", "-", "-x", ".-", ".\u0001", ".a", "...", "..a", "0", "\u00FF")) {
            entries.put(name, inode(new Inode.Inline(name.getBytes(StandardCharsets.ISO_8859_1))));
        }
        checkMounted(new Images.Sample(directory(entries), List.of()));
    }

    @Test
    void linksBeyondSixteenBitsAreCounted() throws IOException {
        SortedMap<String, Inode> names = new TreeMap<>();
        SortedMap<String, Inode> directories = new TreeMap<>();
        Inode linked = inode(new Inode.Inline(new byte[] {1}));
        for (int i = 0; i < 66_000; i++) {
            names.put("link-" + i, linked);
            directories.put("directory-" + i, directory(new TreeMap<>()));
        }
        SortedMap<String, Inode> root = new TreeMap<>();
        root.put("names", directory(names));
        root.put("directories", directory(directories));
        checkMounted(new Images.Sample(directory(root), List.of()));
    }

    @Test
    void accessControlListsAndCapabilitiesKeepTheirBytes() throws IOException {
        SortedMap<String, byte[]> xattrs = new TreeMap<>();
        byte[] list = HexFormat.of().parseHex("02000000" + "01000600ffffffff" + "02000400e8030000" + "04000400ffffffff"
                + "10000600ffffffff" + "20000400ffffffff");
        xattrs.put("system.posix_acl_access", list);
        xattrs.put("security.capability", HexFormat.of().parseHex("0100000200200000000000000000000000000000"));
        xattrs.put("user.comment", new byte[0]);
        SortedMap<String, byte[]> ofDirectory = new TreeMap<>(xattrs);
        ofDirectory.put("system.posix_acl_default", list);
        ofDirectory.put("trusted.large", new byte[65_535]);
        SortedMap<String, Inode> entries = new TreeMap<>();
        entries.put("file", new Inode(withXattrs(xattrs), new Inode.Inline(new byte[4096])));
        entries.put("directory", new Inode(withXattrs(ofDirectory), new Inode.Directory(new TreeMap<>())));
        checkMounted(new Images.Sample(directory(entries), List.of()));
    }

    @Test
    void filesBeyondFourGibibytesAreReadAtTheirEnd() throws IOException {
        ErofsMount.assumePossible();
        long blob = 6L << 30;
        long flatSize = (5L << 30) - 7;
        long sparseSize = 1L << 42;
        SortedMap<String, Inode> entries = new TreeMap<>();
        entries.put("flat", inode(new Inode.Data(flatSize, 0, List.of(new Inode.Run(0, 0, flatSize)))));
        entries.put("sparse", inode(new Inode.Data(sparseSize, 0,
                List.of(new Inode.Run(sparseSize - (1 << 20), 5L << 30, 1 << 20)))));
        ErofsImage image = ErofsWriter.plan(directory(entries), List.of(new DataBlob(Digest.of(new byte[1]), blob)));
        Path device = directory.resolve("device");
        Images.writeDevice(image, List.of(), device);
        try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rw")) {
            file.setLength(image.deviceLength());
            file.seek(image.dataOffset(0) + flatSize - 3);
            file.write(new byte[] {1, 2, 3});
            file.seek(image.dataOffset(0) + (5L << 30) + (1 << 20) - 3);
            file.write(new byte[] {4, 5, 6});
        }
        try (ErofsMount mount = new ErofsMount(device, "")) {
            assertThat(lastBytes(mount.path() + "/flat", flatSize)).containsExactly(0, 1, 2, 3);
            assertThat(lastBytes(mount.path() + "/sparse", sparseSize)).containsExactly(0, 4, 5, 6);
        }
    }

    @Test
    void theVariantOfSeveralDevicesIsMountedFromTheBlobs() throws IOException {
        ErofsMount.assumePossible();
        checkMountedFromBlobs(RandomTree.of(42, 40));
    }

    @Test
    void aTableOfManyDevicesGoesOnBehindTheFirstBlock() throws IOException {
        SortedMap<String, Inode> entries = new TreeMap<>();
        List<byte[]> blobs = new ArrayList<>();
        for (int i = 0; i < 130; i++) {
            byte[] blob = new byte[4096];
            blob[0] = (byte) i;
            blobs.add(blob);
            entries.put("file-" + i, inode(new Inode.Data(100, i, List.of(new Inode.Run(0, 0, 100)))));
        }
        Images.Sample sample = new Images.Sample(directory(entries), blobs);
        checkMounted(sample);
        checkMountedFromBlobs(sample);
    }

    @Test
    void symbolicLinksAreReadWhole() throws IOException {
        SortedMap<String, Inode> entries = new TreeMap<>();
        for (int length : List.of(1, 31, 4000, 4031, 4032, 4033, 4063, 4064, 4065, 4094, 4095)) {
            entries.put("link-" + length, inode(new Inode.Symlink("x".repeat(length))));
        }
        checkMounted(new Images.Sample(directory(entries), List.of()));
    }

    @Test
    void aDamagedSuperblockIsNeitherMountedNorAnnounced() throws IOException {
        ErofsMount.assumePossible();
        byte[] metadata = Images.metadata(ErofsWriter.plan(directory(new TreeMap<>()), List.of()));
        metadata[3000] ^= 1;
        Path file = Files.write(directory.resolve("metadata"), metadata);
        assertThatThrownBy(() -> new ErofsMount(file, "").close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("errno");
        byte[] first = Arrays.copyOf(metadata, ErofsMultiDevice.PREFIX);
        assertThatThrownBy(() -> ErofsMultiDevice.announce(first, 1)).hasMessageContaining("checksum");
    }

    @Test
    void distinctTreesHaveDistinctVolumeIds() throws IOException {
        byte[] one = uuid(directory(new TreeMap<>(Map.of("a", inode(new Inode.Fifo())))));
        byte[] other = uuid(directory(new TreeMap<>(Map.of("b", inode(new Inode.Fifo())))));
        assertThat(one).isNotEqualTo(other);
    }

    @Test
    void whatErofsCannotHoldIsRefusedByItsPath() {
        refused(inode(new Inode.Symlink("x".repeat(4096))), "/directory/it is a symbolic link to a path of 4096 bytes");
        refused(inode(new Inode.Symlink("")), "/directory/it is a symbolic link to a path of 0 bytes");
        refused(inode(new Inode.Device(true, 4096, 0)), "/directory/it is device 4096:0");
        refused(inode(new Inode.Device(true, 0, 1 << 20)), "/directory/it is device 0:1048576");
        refused(xattr("com.apple.provenance", 1), "/directory/it has the extended attribute com.apple.provenance");
        refused(xattr("user.", 1), "/directory/it has the extended attribute user.");
        refused(xattr("user.large", 65_536), "/directory/it has the extended attribute user.large of 65536 bytes");
        Inode.Run odd = new Inode.Run(4096, 0, 4096);
        refused(inode(new Inode.Data(1L << 40, 0, List.of(odd))),
                "/directory/it is a sparse file of 1099511627776 bytes");
        assertThatThrownBy(() -> plan(directory(new TreeMap<>(Map.of("n".repeat(256), inode(NOTHING))))))
                .isInstanceOf(ErofsLimitException.class)
                .hasMessageContaining("a name of 256 bytes in /");
    }

    @Test
    void moreBlocksThanAddressesAreRefused() {
        DataBlob blob = new DataBlob(Digest.of(new byte[0]), 8L << 40);
        assertThatThrownBy(() -> ErofsWriter.plan(directory(new TreeMap<>()), List.of(blob, blob)))
                .isInstanceOf(ErofsLimitException.class)
                .hasMessageContaining("nearly 16 TiB");
    }

    @Test
    void aTreeThatContradictsItselfIsRefused() {
        Inode twice = directory(new TreeMap<>());
        assertThatThrownBy(() -> plan(directory(new TreeMap<>(Map.of("a", twice, "b", twice)))))
                .hasMessageContaining("/a is a directory of two names");
        for (String name : List.of(".", "..", "a/b", "a\0", "\u0100", "")) {
            assertThatThrownBy(() -> plan(directory(new TreeMap<>(Map.of(name, inode(NOTHING))))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        Inode outside = inode(new Inode.Data(4097, 0, List.of(new Inode.Run(0, 0, 4097))));
        assertThatThrownBy(() -> plan(directory(new TreeMap<>(Map.of("outside", outside)))))
                .hasMessageContaining("/outside cannot lie in the image's data");
        assertThatThrownBy(() -> plan(inode(NOTHING))).hasMessageContaining("root");
    }

    private void checkMounted(Images.Sample sample) throws IOException {
        ErofsMount.assumePossible();
        Path device = directory.resolve("device");
        Images.writeDevice(sample.plan(), sample.blobs(), device);
        assertThat(Images.fsck(device)).isEmpty();
        try (ErofsMount mount = new ErofsMount(device, "")) {
            TreeCheck.check(mount.path(), sample);
        }
    }

    private void checkMountedFromBlobs(Images.Sample sample) throws IOException {
        byte[] metadata = Images.metadata(sample.plan());
        byte[] first = Arrays.copyOf(metadata, ErofsMultiDevice.PREFIX);
        byte[] announced = ErofsMultiDevice.announce(first, sample.blobs().size());
        System.arraycopy(announced, 0, metadata, 0, announced.length);
        Path file = Files.write(directory.resolve("metadata"), metadata);
        List<Integer> open = new ArrayList<>();
        try {
            for (byte[] blob : sample.blobs()) {
                open.add(Linux.open(Files.write(directory.resolve("blob-" + open.size()), blob).toString()));
            }
            String options = open.stream()
                    .map(descriptor -> "device=/proc/self/fd/" + descriptor)
                    .collect(Collectors.joining(","));
            try (ErofsMount mount = new ErofsMount(file, options)) {
                TreeCheck.check(mount.path(), sample);
            }
        } finally {
            for (int descriptor : open) {
                Linux.close(descriptor);
            }
        }
    }

    private static void refused(Inode inode, String message) {
        Inode parent = directory(new TreeMap<>(Map.of("it", inode)));
        assertThatThrownBy(() -> plan(directory(new TreeMap<>(Map.of("directory", parent)))))
                .isInstanceOf(ErofsLimitException.class)
                .hasMessageContaining(message);
    }

    private static ErofsImage plan(Inode root) throws ErofsLimitException {
        return ErofsWriter.plan(root, List.of(new DataBlob(Digest.of(new byte[0]), 4096)));
    }

    private static Inode xattr(String name, int length) {
        return new Inode(withXattrs(new TreeMap<>(Map.of(name, new byte[length]))), new Inode.Fifo());
    }

    private static Inode.Attributes withXattrs(SortedMap<String, byte[]> xattrs) {
        return new Inode.Attributes(0664, 0, 0, Images.TIME, 0, xattrs);
    }

    private static byte[] uuid(Inode root) throws ErofsLimitException {
        return Arrays.copyOfRange(Images.metadata(plan(root)), 1024 + 48, 1024 + 64);
    }

    private static byte[] lastBytes(String path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
            assertThat(file.length()).isEqualTo(size);
            file.seek(size - 4);
            byte[] bytes = new byte[4];
            file.readFully(bytes);
            return bytes;
        }
    }
}
