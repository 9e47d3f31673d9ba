package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.TarItem.archive;
import static io.lighterage.blockdev.image.TarItem.directory;
import static io.lighterage.blockdev.image.TarItem.file;
import static io.lighterage.blockdev.image.TarItem.hardLink;
import static io.lighterage.blockdev.image.TarItem.of;
import static io.lighterage.blockdev.image.TarItem.symlink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Images made on purpose: what they become, as a tree and as a mounted device, is what umoci unpacks. */
class LikeUmociTest {
    /** {@code cap_net_raw=ep}, as the kernel's {@code struct vfs_cap_data} of version 2. */
    private static final String CAPABILITY = "\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    @TempDir
    private Path directory;

    @BeforeAll
    static void needsUmoci() {
        Umoci.assumePossible();
        ErofsMount.assumePossible();
    }

    @TestFactory
    Stream<DynamicTest> anImageBecomesWhatUmociUnpacks() {
        Map<String, LayerStack> stacks = new LinkedHashMap<>();
        kinds(stacks);
        names(stacks);
        numbers(stacks);
        sparseFiles(stacks);
        paths(stacks);
        whiteouts(stacks);
        links(stacks);
        return stacks.entrySet().stream()
                .map(stack -> DynamicTest.dynamicTest(stack.getKey(), () -> compare(stack.getValue())));
    }

    private void compare(LayerStack stack) throws Exception {
        Umoci.Unpacked unpacked = Umoci.unpack(stack);
        SortedMap<String, TreeFacts> expected =
                unpacked.tree().orElseThrow(() -> new AssertionError(unpacked.refusal()));
        Umoci.compare(TreeFacts.ofTree(stack.merge()), expected);

        try (ErofsMount mount = new ErofsMount(device(stack), "")) {
            Umoci.compare(TreeFacts.ofDirectory(mount.path()), expected);
        }
    }

    private static void kinds(Map<String, LayerStack> stacks) {
        stacks.put("all kinds of files", LayerStack.of(archive(
                directory("./").mode(0700).owner(3, 4),
                directory("d/").mode(01777),
                file("d/empty", ""),
                of('0', "d/big").content(random(300_000)),
                of('0', "d/block").content(random(4096)),
                file("d/setuid", "#!").mode(04755),
                file("d/setgid", "#!").mode(02755),
                symlink("d/link", "../else/where"),
                of('3', "d/null").device(1, 3).mode(0666),
                of('4', "d/disk").device(4095, 1048575),
                of('6', "d/pipe").mode(0600),
                file("d/mode-with-type", "x").mode(0100640))));
        stacks.put(
                "extended attributes and capabilities, binary ones too",
                LayerStack.of(archive(
                        file("ping", "x").pax("SCHILY.xattr.security.capability", CAPABILITY),
                        file("binary", "x").pax("SCHILY.xattr.user.b", "\0\n=\u00ff\u0080a=b\n"),
                        file("named", "x").pax("SCHILY.xattr.user.n\u00e9", "1"),
                        file("host", "x")
                                .pax("SCHILY.xattr.security.selinux", "label")
                                .pax("SCHILY.xattr.trusted.overlay.opaque", "y"),
                        file("empty", "x").pax("SCHILY.xattr.user.empty", ""),
                        directory("dir").pax("SCHILY.xattr.trusted.t", "v"),
                        symlink("link", "x").pax("SCHILY.xattr.trusted.t", "v"))));
    }

    private static void names(Map<String, LayerStack> stacks) {
        String longName = ("n".repeat(200) + "/").repeat(10) + "e".repeat(255);
        String longTarget = "t".repeat(4095);
        String bytes = "\u00ff\u0080 \n\t\\\"*";
        stacks.put(
                "long names in PAX records",
                LayerStack.of(archive(
                        file(longName, "1"),
                        symlink("link", longTarget),
                        hardLink("hard", longName),
                        symlink("l100", "t".repeat(100)))));
        stacks.put("long names as GNU tar has them", LayerStack.of(archive(
                file(longName, "1").gnu(), symlink("link", longTarget).gnu(), hardLink("hard", longName).gnu())));
        stacks.put("names of any bytes", LayerStack.of(archive(
                file(bytes, "1"),
                symlink("link", bytes),
                hardLink("hard", bytes),
                file("p".repeat(101) + bytes, "2").gnu())));
        stacks.put(
                "a directory of old, told by its slash only",
                LayerStack.of(archive(of('\0', "old/").mode(0711), of('\0', "file"))));
    }

    private static void numbers(Map<String, LayerStack> stacks) {
        stacks.put("owners beyond 16 bits", LayerStack.of(archive(
                file("base256", "").owner(4_000_000_000L, 3_999_999_999L).gnu(),
                file("octal", "").owner(2_000_000, 1_999_999),
                file("pax", "").pax("uid", "4294967294").pax("gid", "65536"))));
        stacks.put("times with nanoseconds and before 1970", LayerStack.of(archive(
                file("nanos", "").pax("mtime", "1234567890.123456789"),
                file("more-digits", "").pax("mtime", "1234567890.1234567899"),
                file("before", "").pax("mtime", "-1.25"),
                file("before-whole", "").mtime(-86_400).gnu(),
                file("late", "").pax("mtime", "4102444800.5"))));
    }

    private static void sparseFiles(Map<String, LayerStack> stacks) {
        String content = "A".repeat(512) + "B".repeat(512);
        stacks.put("a sparse file of PAX format 0.1 with small and great holes", LayerStack.of(archive(
                of('0', "GNUSparseFile.0/s").content(TarItem.bytes(content))
                        .pax("GNU.sparse.major", "0").pax("GNU.sparse.minor", "1")
                        .pax("GNU.sparse.name", "sparse").pax("GNU.sparse.realsize", "9000001")
                        .pax("GNU.sparse.numblocks", "3").pax("GNU.sparse.map", "700,512,5000000,512,9000001,0"))));
        stacks.put(
                "a sparse file of PAX format 1.0",
                LayerStack.of(archive(
                        of('0', "GNUSparseFile.0/s")
                                .content(TarItem.bytes("2\n0\n512\n300000\n512\n" + "\0".repeat(493) + content))
                                .pax("GNU.sparse.major", "1")
                                .pax("GNU.sparse.minor", "0")
                                .pax("GNU.sparse.name", "sparse")
                                .pax("GNU.sparse.realsize", "300512"),
                        of('0', "hole")
                                .content(TarItem.bytes("0\n" + "\0".repeat(510)))
                                .pax("GNU.sparse.major", "1")
                                .pax("GNU.sparse.minor", "0")
                                .pax("GNU.sparse.realsize", "2000000"),
                        of('0', "tiny")
                                .content(TarItem.bytes("1\n10\n2\n" + "\0".repeat(505) + "xy"))
                                .pax("GNU.sparse.major", "1")
                                .pax("GNU.sparse.minor", "0")
                                .pax("GNU.sparse.realsize", "20"))));
    }

    private static void paths(Map<String, LayerStack> stacks) {
        stacks.put("paths that would escape", LayerStack.of(archive(
                file("../../escaped", "1"),
                file("/absolute", "2"),
                file("./a/./b//c", "3"),
                file("a/../../d", "4"),
                hardLink("hard", "../../absolute"),
                symlink("out", "../../../.."),
                file("out/below", "5"),
                symlink("etc", "/../../etc2"),
                file("etc/passwd", "6"))));
        stacks.put(
                "links in the paths of later entries",
                LayerStack.of(
                        archive(
                                directory("real/sub"),
                                symlink("link", "real"),
                                symlink("chain", "./link/sub"),
                                symlink("hanging", "/not/there")),
                        archive(
                                file("link/one", "1"),
                                file("chain/two", "2"),
                                file("hanging/three", "3"),
                                file("link/sub/../four", "4"),
                                hardLink("five", "chain/two"))));
        stacks.put("missing parents, in a directory that hands on its group too", LayerStack.of(
                archive(directory("g").mode(02770).owner(0, 77)), archive(file("a/b/c", "1"), file("g/h/i", "2"))));
        stacks.put(
                "what stands twice, and a directory that became a file and back",
                LayerStack.of(
                        archive(
                                file("f", "first"),
                                file("f", "second"),
                                directory("d").mode(0700),
                                file("d/x", "1"),
                                directory("d").mode(0711),
                                directory("e"),
                                file("e/x", "1"),
                                file("e", "file"),
                                directory("e"),
                                file("e/y", "2")),
                        archive(file("d", "file")),
                        archive(directory("d").mode(0750), symlink("e", "d"), file("f", "third"))));
    }

    private static void whiteouts(Map<String, LayerStack> stacks) {
        byte[] base = archive(
                directory("a"),
                file("a/x", "1"),
                directory("a/b"),
                file("a/b/y", "2"),
                file("z", "3"),
                directory("c"),
                file("c/w", ""));
        stacks.put(
                "whiteouts",
                LayerStack.of(
                        base,
                        archive(file("a/.wh.x", ""), file(".wh.z", ""), file(".wh.c", ""), file(".wh.none", ""))));
        stacks.put(
                "opaque directories",
                LayerStack.of(
                        base,
                        archive(file("a/b/new", "4"), file("a/.wh..wh..opq", ""), file("none/.wh..wh..opq", ""))));
        stacks.put("an opaque root", LayerStack.of(base, archive(file(".wh..wh..opq", ""), file("q", "1"))));
        stacks.put(
                "whiteouts of what the same layer adds, before and after",
                LayerStack.of(
                        base,
                        archive(
                                file("a/.wh.x", ""),
                                file("a/x", "new"),
                                file("z", "new"),
                                file(".wh.z", ""),
                                file("a/b/k", "1"),
                                file("a/.wh.b", ""))));
        stacks.put("whiteouts through links, and with content", LayerStack.of(base, archive(
                symlink("l", "a/b"), file("l/.wh.y", "content"), directory("a/.wh.x"))));
    }

    private static void links(Map<String, LayerStack> stacks) {
        byte[] base = archive(
                of('0', "one").content(random(5000)),
                hardLink("two", "one"),
                symlink("soft", "one"),
                hardLink("soft2", "soft"),
                of('3', "dev").device(1, 3),
                hardLink("dev2", "dev"));
        stacks.put("hard links within a layer, of links and devices too", LayerStack.of(base));
        stacks.put(
                "hard links to files of lower layers",
                LayerStack.of(base, archive(hardLink("three", "one"), hardLink("d/four", "/two"))));
        stacks.put("one of several names replaced or removed", LayerStack.of(
                base, archive(file("one", "new"), hardLink("five", "two")), archive(file(".wh.two", ""))));
        stacks.put(
                "a hard link that says to have bytes",
                LayerStack.of(archive(file("f", "x"), hardLink("g", "f").size(12345), file("h", "y"))));
    }

    @Test
    void aDirectoryOf100000EntriesIsListedWhole() throws Exception {
        LayerStack stack = LayerStack.of(archive(IntStream.range(0, 100_000)
                .mapToObj(i -> file("many/%06d".formatted(i * 7919L % 100_000), ""))
                .toArray(TarItem[]::new)));
        try (ErofsMount mount = new ErofsMount(device(stack), "")) {
            assertThat(Linux.list(mount.path() + "/many").stream().filter(name -> !name.startsWith(".")))
                    .isEqualTo(IntStream.range(0, 100_000).mapToObj("%06d"::formatted).toList());
        }
    }

    private Path device(LayerStack stack) throws Exception {
        Path layout = Files.createTempDirectory(directory, "layout");
        stack.writeTo(layout, Optional.empty());
        Path device = layout.resolve("device");
        OciLayout images = new OciLayout(layout);
        new ImageBuilder(LayerLimits.DEFAULT).build(images, images.image(Optional.empty(), "amd64"), device);
        assertThat(Images.fsck(device)).isEmpty();
        return device;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatUmociRefusesIsRefusedWithTheNameOfLayerAndEntry() throws Exception {
        Map<String, LayerStack> refused = new LinkedHashMap<>();
        refused.put("below what is no directory", LayerStack.of(archive(file("f", "1"), file("f/g", "2"))));
        refused.put("does not exist", LayerStack.of(archive(hardLink("f", "g"))));
        refused.put("a hard link to the directory", LayerStack.of(archive(directory("d"), hardLink("f", "d"))));
        refused.put("too many symbolic links", LayerStack.of(archive(symlink("l", "l"), file("l/f", ""))));
        refused.put("the root can only be a directory", LayerStack.of(archive(symlink("./", "/etc"))));
        refused.put("to nothing", LayerStack.of(archive(symlink("f", ""))));
        refused.put("longer than Linux allows", LayerStack.of(archive(file("n".repeat(256), ""))));
        refused.put("a path of 4097 bytes", LayerStack.of(archive(file("n/".repeat(2048) + "n", ""))));
        refused.put("a path of 4096 bytes", LayerStack.of(archive(symlink("f", "t".repeat(4096)))));
        refused.put("not supported", LayerStack.of(archive(of('V', "label"))));
        refused.put("is not a number", LayerStack.of(archive(file("f", "").pax("mtime", "soon"))));
        refused.put("its sparse map is of 512 bytes", LayerStack.of(archive(of('0', "f").content(new byte[100])
                .pax("GNU.sparse.major", "0").pax("GNU.sparse.minor", "1").pax("GNU.sparse.size", "512")
                .pax("GNU.sparse.numblocks", "1").pax("GNU.sparse.map", "0,512"))));
        for (Map.Entry<String, LayerStack> stack : refused.entrySet()) {
            assertThat(Umoci.unpack(stack.getValue()).tree()).as(stack.getKey()).isEmpty();
            assertThatThrownBy(() -> stack.getValue().merge())
                    .isInstanceOf(LayerException.class)
                    .hasMessageContaining(Digest.of(stack.getValue().archives().getFirst()).toString())
                    .hasMessageContaining("entry \"")
                    .hasMessageContaining(stack.getKey());
        }
    }
}
