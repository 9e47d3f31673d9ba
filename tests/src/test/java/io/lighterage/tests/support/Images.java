package io.lighterage.tests.support;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Images for tests. */
public final class Images {
    /** What a container of {@link #debian} prints. */
    public static final String GREETING = "cargo delivered";

    private static final Duration DEBOOTSTRAP_DEADLINE = Duration.ofMinutes(5);
    private static final Path CACHED_BASE = Path.of("target", "engine-images", "debian.tar.gz").toAbsolutePath();
    private static final int TREE_FILES = 300;
    private static final int TREE_FILE_BYTES = 64 << 10;
    private static final int EXECUTABLE = 0100755;
    private static final int READABLE = 0100644;

    private Images() {}

    /** Where a layer's files are written. */
    private interface Content {
        void writeTo(TarArchiveOutputStream tar) throws IOException;
    }

    /**
     * A Debian system with a script and a tree of files upon it, over 50 MB compressed. Its base is made once for each
     * checkout, by debootstrap from the mirror that apt is configured to use.
     */
    public static OciImage debian(Workspace workspace) throws IOException, InterruptedException {
        Path directory = workspace.directory("debian");
        String script = "#!/bin/sh\nset -e\ngrep -q ^ID=debian /etc/os-release\ncat /srv/cargo/last\n";
        Path scriptLayer = layer(directory.resolve("script.tar.gz"), Deflater.DEFAULT_COMPRESSION, tar -> {
            put(tar, "usr/local/bin/greet", EXECUTABLE, script.getBytes(StandardCharsets.UTF_8));
        });
        Random random = new Random(1);
        Path treeLayer = layer(directory.resolve("tree.tar.gz"), Deflater.BEST_SPEED, tar -> {
            for (int i = 0; i < TREE_FILES; i++) {
                byte[] content = new byte[TREE_FILE_BYTES];
                random.nextBytes(content);
                put(tar, "srv/cargo/%02d/%d".formatted(i % 20, i), READABLE, content);
            }
            put(tar, "srv/cargo/last", READABLE, (GREETING + "\n").getBytes(StandardCharsets.UTF_8));
        });
        return OciImage.create(
                directory.resolve("oci"), List.of(debianBase(), scriptLayer, treeLayer), "/usr/local/bin/greet");
    }

    /**
     * A Debian system with a JDK, Python and Node upon it, a layer each, taken from this machine: over 500 MB of files.
     * All directories have entries of their own.
     */
    public static OciImage system(Workspace workspace) throws IOException, InterruptedException {
        Path directory = workspace.directory("system");
        Path jdk = Path.of(System.getProperty("java.home")).toRealPath();
        Path python = Path.of("/usr/bin/python3").toRealPath();
        Path node = Programs.find("node").orElseThrow().toRealPath();
        List<Path> layers = List.of(
                debianBase(),
                packed(
                        directory.resolve("jdk.tar.gz"),
                        jdk.getParent(),
                        "opt/",
                        jdk.getFileName().toString()),
                packed(
                        directory.resolve("python.tar.gz"),
                        Path.of("/"),
                        "",
                        "usr/bin/python3",
                        python.toString().substring(1),
                        "usr/lib/python3",
                        "usr/lib/" + python.getFileName()),
                packed(
                        directory.resolve("node.tar.gz"),
                        node.getParent(),
                        "usr/bin/",
                        node.getFileName().toString()));
        return OciImage.create(directory.resolve("oci"), layers, "/bin/true");
    }

    /** Packs paths below {@code from} with {@code prefix} put before their names. */
    private static Path packed(Path file, Path from, String prefix, String... paths)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "tar",
                "-C",
                from.toString(),
                "--numeric-owner",
                "--sort=name",
                "--format=posix",
                "--use-compress-program=gzip -1",
                "--transform=s,^," + prefix + ",S",
                "-cf",
                file.toString()));
        command.addAll(List.of(paths));
        Programs.run(Duration.ofMinutes(3), command.toArray(String[]::new)).orFail();
        return file;
    }

    /**
     * An image of layers that no compression makes smaller, different at every seed.
     *
     * @param layerBytes size of each layer, about
     */
    public static OciImage random(Workspace workspace, String name, int layers, int layerBytes, long seed)
            throws IOException {
        List<Path> files = randomLayers(workspace, name, layers, layerBytes, seed);
        return OciImage.create(workspace.directory(name).resolve("oci"), files, "/bin/true");
    }

    /** The layers of {@link #random}, gzipped tar files. */
    public static List<Path> randomLayers(Workspace workspace, String name, int layers, int layerBytes, long seed)
            throws IOException {
        Path directory = workspace.directory(name);
        Random random = new Random(seed);
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            byte[] content = new byte[layerBytes];
            random.nextBytes(content);
            String path = "srv/" + i;
            files.add(layer(
                    directory.resolve(i + ".tar.gz"),
                    Deflater.NO_COMPRESSION,
                    tar -> put(tar, path, READABLE, content)));
        }
        return files;
    }

    private static Path layer(Path file, int level, Content content) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                GZIPOutputStream gzip = new LeveledGzip(out, level);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            content.writeTo(tar);
        }
        return file;
    }

    private static void put(TarArchiveOutputStream tar, String path, int mode, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(path);
        entry.setMode(mode);
        entry.setSize(content.length);
        entry.setModTime(0L);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    /**
     * The layer of a Debian system upon which {@link #debian} builds; made once, whichever JVM of the tests asks first.
     */
    public static synchronized Path debianBase() throws IOException, InterruptedException {
        Files.createDirectories(CACHED_BASE.getParent());
        try (FileChannel lock = FileChannel.open(
                        CACHED_BASE.resolveSibling("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = lock.lock()) {
            if (!Files.exists(CACHED_BASE)) {
                makeDebianBase();
            }
        }
        return CACHED_BASE;
    }

    private static void makeDebianBase() throws IOException, InterruptedException {
        String codename = codename();
        try (Workspace work = Workspace.create()) {
            Path tree = work.directory("rootfs");
            Programs.run(
                            DEBOOTSTRAP_DEADLINE,
                            "debootstrap", "--variant=minbase", codename, tree.toString(), aptMirror(codename))
                    .orFail();
            Path made = CACHED_BASE.resolveSibling("debian.tar.gz.new");
            Programs.run(
                            Duration.ofMinutes(2),
                            "tar", "-C", tree.toString(), "--numeric-owner", "--sort=name",
                            "--exclude=./var/cache/apt/archives/*", "-czf", made.toString(), ".")
                    .orFail();
            Files.move(made, CACHED_BASE, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot clean up after debootstrap", e);
        }
    }

    private static String codename() throws IOException {
        return Files.readAllLines(Path.of("/etc/os-release")).stream()
                .filter(line -> line.startsWith("VERSION_CODENAME="))
                .map(line -> line.substring("VERSION_CODENAME=".length()).replace("\"", ""))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("/etc/os-release has no VERSION_CODENAME"));
    }

    /** The mirror that apt reads the release from; Debian's own before one that only uses its code names. */
    private static String aptMirror(String codename) throws IOException, InterruptedException {
        String targets = Programs.run(
                        Duration.ofSeconds(30),
                        "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)",
                        "Created-By: Packages")
                .orFail()
                .out();
        return targets.lines()
                .filter(line -> line.contains(" " + codename + " main "))
                .sorted(Comparator.comparing(line -> !line.endsWith(" Debian")))
                .map(line -> line.split(" ")[0])
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "apt reads no mirror that has the release " + codename + ":\n" + targets));
    }

    /** A gzip stream whose level can be chosen, which the JDK's own does not offer. */
    private static final class LeveledGzip extends GZIPOutputStream {
        LeveledGzip(OutputStream out, int level) throws IOException {
            super(out, 1 << 16);
            def.setLevel(level);
        }
    }
}
