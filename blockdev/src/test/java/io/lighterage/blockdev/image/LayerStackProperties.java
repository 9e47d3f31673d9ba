package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/** Stacks of random layers, few names and much trouble between them: umoci is right about each. */
class LayerStackProperties {
    private static final String[] DIRECTORIES = {
        "d", "e", "d/e", "e/d", "d/d", "d/e/d", "l", "d/l", "l/e", "../d", "/e", "./d/../e"
    };
    private static final String[] NAMES = {"p", "q", "r", "\u00ff"};
    private static final String[] TARGETS = {"d", "/e", "..", "../d/e", "l", ".", "/d/l", "none/../d", "../../../e", "p"
    };

    @BeforeContainer
    static void needsUmoci() {
        Umoci.assumePossible();
        ErofsMount.assumePossible();
    }

    @Property(tries = 150)
    void aStackBecomesWhatUmociUnpacksOrIsRefusedByBoth(@ForAll("stacks") LayerStack stack) throws Exception {
        Umoci.Unpacked expected = Umoci.unpack(stack);
        Statistics.label("umoci").collect(expected.tree().isPresent() ? "unpacks" : "refuses");
        Statistics.label("umoci").coverage(coverage -> coverage.check("unpacks").percentage(share -> share > 25));
        if (expected.tree().isPresent()) {
            Umoci.compare(TreeFacts.ofTree(stack.merge()), expected.tree().get());
        } else {
            assertThatThrownBy(stack::merge).as(expected.refusal()).isInstanceOf(LayerException.class);
        }
    }

    @Property(tries = 25)
    void theDeviceOfAStackShowsWhatUmociUnpacksOnceMounted(@ForAll("stacks") LayerStack stack) throws Exception {
        Umoci.Unpacked expected = Umoci.unpack(stack);
        Assume.that(expected.tree().isPresent());
        Images.Sample sample = stack.merge();
        Path device = Files.createTempFile("lighterage-stack", ".erofs");
        try {
            Images.writeDevice(sample.plan(), sample.blobs(), device);
            assertThat(Images.fsck(device)).isEmpty();
            try (ErofsMount mount = new ErofsMount(device, "")) {
                Umoci.compare(TreeFacts.ofDirectory(mount.path()), expected.tree().get());
            }
        } finally {
            Files.delete(device);
        }
    }

    @Property(tries = 100)
    void theSameStackGivesTheSameMetadata(@ForAll("stacks") LayerStack stack) throws Exception {
        byte[] first;
        try {
            first = Images.metadata(stack.merge().plan());
        } catch (LayerException refused) {
            assertThatThrownBy(stack::merge).hasMessage(refused.getMessage());
            return;
        }
        assertThat(Images.metadata(stack.merge().plan())).isEqualTo(first);
    }

    @Provide
    Arbitrary<LayerStack> stacks() {
        return Arbitraries.longs().map(seed -> stack(new Random(seed)));
    }

    private static LayerStack stack(Random random) {
        List<byte[]> layers = new ArrayList<>();
        List<String> files = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            List<TarItem> items = new ArrayList<>();
            int length = 1 + random.nextInt(9);
            for (int j = 0; j < length; j++) {
                items.add(item(random, files));
            }
            layers.add(TarItem.archive(items.toArray(TarItem[]::new)));
        }
        return new LayerStack(layers);
    }

    private static TarItem item(Random random, List<String> files) {
        String directory = pick(random, DIRECTORIES);
        String path = random.nextInt(4) == 0 ? pick(random, NAMES) : directory + "/" + pick(random, NAMES);
        return switch (random.nextInt(14)) {
            case 0, 1, 2 ->
                dressed(
                        random,
                        TarItem.directory(directory).mode(random.nextBoolean() ? 0755 : random.nextInt(010000)));
            case 3, 4, 5, 6 -> {
                files.add(path);
                byte[] content = new byte[random.nextInt(3) * random.nextInt(3000)];
                random.nextBytes(content);
                yield dressed(random, TarItem.of('0', path).content(content).mode(random.nextInt(010000)));
            }
            case 7 ->
                TarItem.symlink(random.nextBoolean() ? "l" : "d/l", pick(random, TARGETS))
                        .owner(random.nextInt(9), 0);
            case 8 -> TarItem.symlink(path, pick(random, TARGETS));
            case 9 ->
                files.isEmpty()
                        ? TarItem.file(path, "x")
                        : TarItem.hardLink(path, files.get(random.nextInt(files.size())));
            case 10 ->
                TarItem.of(random.nextBoolean() ? '3' : '4', path)
                        .device(random.nextInt(4096), random.nextInt(1 << 20));
            case 11 -> TarItem.of('6', path);
            case 12 -> {
                String removed = random.nextBoolean() ? path : directory;
                int slash = removed.lastIndexOf('/') + 1;
                yield TarItem.file(removed.substring(0, slash) + ".wh." + removed.substring(slash), "");
            }
            default -> TarItem.file(directory + "/.wh..wh..opq", "");
        };
    }

    private static TarItem dressed(Random random, TarItem item) {
        item.owner(random.nextInt(100_000), random.nextLong(4_000_000_000L))
                .mtime(random.nextLong(2_000_000_000L) - 1_000_000_000L)
                .gnu();
        if (random.nextInt(3) == 0) {
            item.pax("SCHILY.xattr.user." + pick(random, NAMES), "\0value" + random.nextInt());
        }
        return random.nextInt(3) == 0
                ? item.pax("mtime", (random.nextInt(2_000_000) - 1_000_000) + "." + random.nextInt(1 << 30))
                : item;
    }

    private static String pick(Random random, String[] from) {
        return from[random.nextInt(from.length)];
    }
}
