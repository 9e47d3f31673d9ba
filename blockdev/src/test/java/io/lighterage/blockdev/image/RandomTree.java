package io.lighterage.blockdev.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes trees out of a seed: all types, odd names, attributes, hard links, sizes around the borders of blocks. */
final class RandomTree {
    private static final int BLOCK = 4096;
    private static final int MOST_DEPTH = 5;
    private static final int LAYERS = 3;
    private static final int[] SIZES = {
        0, 1, 31, 32, 33, 100, 2000, 4000, 4063, 4064, 4065, 4095, 4096, 4097, 8191, 8192, 12345
    };

    private final Random random;
    private final List<List<byte[]>> blocks = new ArrayList<>();
    private final List<Inode> linkable = new ArrayList<>();

    private RandomTree(long seed) {
        random = new Random(seed);
        for (int i = 0; i < LAYERS; i++) {
            blocks.add(new ArrayList<>(List.of(randomBytes(BLOCK))));
        }
    }

    /** The tree of that seed, with about {@code entries} entries in its root and fewer further down. */
    static Images.Sample of(long seed, int entries) {
        RandomTree tree = new RandomTree(seed);
        Inode root = tree.directory(0, entries);
        return new Images.Sample(root, tree.blocks.stream().map(RandomTree::join).toList());
    }

    private Inode directory(int depth, int entries) {
        SortedMap<String, Inode> children = new TreeMap<>();
        for (int i = 0; i < entries; i++) {
            children.put(name(), child(depth, entries));
        }
        return new Inode(attributes(true), new Inode.Directory(children));
    }

    private Inode child(int depth, int entries) {
        if (!linkable.isEmpty() && random.nextInt(8) == 0) {
            return linkable.get(random.nextInt(linkable.size()));
        }
        if (depth < MOST_DEPTH && random.nextInt(5) == 0) {
            return directory(depth + 1, random.nextInt(entries));
        }
        Inode inode = new Inode(attributes(false), switch (random.nextInt(8)) {
            case 0 -> new Inode.Symlink(text(1 + random.nextInt(random.nextInt(10) == 0 ? 4095 : 60), '/'));
            case 1 -> new Inode.Device(random.nextBoolean(), random.nextInt(0x1000), random.nextInt(0x10_0000));
            case 2 -> new Inode.Fifo();
            case 3, 4 -> new Inode.Inline(randomBytes(size()));
            case 5 -> sparse();
            default -> flat();
        });
        linkable.add(inode);
        return inode;
    }

    private Inode.Data flat() {
        int layer = random.nextInt(LAYERS);
        int size = Math.max(1, size());
        return new Inode.Data(size, layer, List.of(new Inode.Run(0, store(layer, size), size)));
    }

    private Inode.Data sparse() {
        int layer = random.nextInt(LAYERS);
        int step = BLOCK << random.nextInt(3);
        List<Inode.Run> runs = new ArrayList<>();
        long offset = 0;
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            offset += (long) step * (1 + random.nextInt(3));
            int length = i == count - 1 ? 1 + random.nextInt(3 * step) : step * (1 + random.nextInt(2));
            runs.add(new Inode.Run(offset, store(layer, length), length));
            offset += length;
        }
        long hole = random.nextBoolean() || offset == 0 ? 1 + random.nextInt(50_000) : 0;
        return new Inode.Data(offset + hole, layer, runs);
    }

    /** Puts {@code size} random bytes into a layer's data and tells where they begin. */
    private long store(int layer, int size) {
        List<byte[]> data = blocks.get(layer);
        long offset = (long) data.size() * BLOCK;
        byte[] bytes = randomBytes(size);
        for (int at = 0; at < size; at += BLOCK) {
            byte[] block = new byte[BLOCK];
            System.arraycopy(bytes, at, block, 0, Math.min(BLOCK, size - at));
            data.add(block);
        }
        return offset;
    }

    private Inode.Attributes attributes(boolean directory) {
        boolean plain = random.nextInt(3) > 0;
        long uid = plain ? 0 : random.nextInt() & 0x7FFF_FFFFL;
        long gid = plain ? random.nextInt(0x1_0000) : 0xFFFF_FFF0L - random.nextInt(100_000);
        long seconds = random.nextBoolean() ? Images.TIME : random.nextLong(-5_000_000_000L, 20_000_000_000L);
        int nanos = random.nextBoolean() ? 0 : random.nextInt(1_000_000_000);
        return new Inode.Attributes(random.nextInt(010000), uid, gid, seconds, nanos, xattrs(directory));
    }

    private SortedMap<String, byte[]> xattrs(boolean directory) {
        SortedMap<String, byte[]> xattrs = new TreeMap<>();
        if (random.nextInt(3) > 0) {
            return xattrs;
        }
        String[] prefixes = {"trusted.", "security.", "trusted.overlay."};
        for (int i = random.nextInt(4); i > 0; i--) {
            String name = prefixes[random.nextInt(prefixes.length)] + text(1 + random.nextInt(40), 'n');
            int longest = random.nextInt(12) == 0 ? 20_000 : 60;
            xattrs.put(name, randomBytes(random.nextInt(longest)));
        }
        if (random.nextInt(4) == 0) {
            xattrs.put("trusted." + "n".repeat(247), randomBytes(3));
        }
        if (directory) {
            xattrs.put("user." + text(5, 'n'), randomBytes(9));
        }
        return xattrs;
    }

    private String name() {
        int length = random.nextInt(10) == 0 ? 255 : 1 + random.nextInt(20);
        String name = text(length, 'n');
        return name.equals(".") || name.equals("..") ? "dots" : name;
    }

    /** Any bytes but NUL and, unless {@code slash} is one, slashes. */
    private String text(int length, char slash) {
        StringBuilder text = new StringBuilder();
        boolean odd = random.nextInt(3) == 0;
        while (text.length() < length) {
            char c = (char) (odd ? 1 + random.nextInt(255) : '-' + random.nextInt(3 + random.nextInt(70)));
            text.append(c == '/' ? slash : c);
        }
        return text.toString();
    }

    private int size() {
        return random.nextBoolean() ? SIZES[random.nextInt(SIZES.length)] : random.nextInt(20_000);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] join(List<byte[]> blocks) {
        byte[] joined = new byte[blocks.size() * BLOCK];
        for (int i = 0; i < blocks.size(); i++) {
            System.arraycopy(blocks.get(i), 0, joined, i * BLOCK, BLOCK);
        }
        return joined;
    }
}
