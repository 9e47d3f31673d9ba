package io.lighterage.cli.setup;

import io.lighterage.cli.HostPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A host's files in a temporary directory. */
final class HostTree {
    static final HostPort MIRROR = HostPort.parse("127.0.0.1:8102");

    private final Path root;

    HostTree(Path root) {
        this.root = root;
    }

    HostTree with(String path, String text) {
        try {
            Path file = root.resolve(path.substring(1));
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void remove(String path) throws IOException {
        Files.delete(root.resolve(path.substring(1)));
    }

    String read(String path) throws IOException {
        return Files.readString(root.resolve(path.substring(1)));
    }

    Setup.Plan setup(Engine engine, String... registries) throws IOException {
        return setup(engine, MIRROR, registries);
    }

    Setup.Plan setup(Engine engine, HostPort mirror, String... registries) throws IOException {
        return setup(engine, MirrorPlace.plain(mirror), registries);
    }

    Setup.Plan setup(Engine engine, MirrorPlace mirror, String... registries) throws IOException {
        return setup(engine, mirror, Optional.empty(), registries);
    }

    /** Sets up an engine that is to open images lazily, too. */
    Setup.Plan setupLazily(Engine engine, Path snapshotter, String... registries) throws IOException {
        return setup(engine, MirrorPlace.plain(MIRROR), Optional.of(snapshotter), registries);
    }

    private Setup.Plan setup(Engine engine, MirrorPlace mirror, Optional<Path> snapshotter, String... registries)
            throws IOException {
        Setup setup = new Setup(engine, root);
        Setup.Plan plan = setup.plan(new LinkedHashSet<>(Arrays.asList(registries)), mirror, snapshotter);
        setup.apply(plan);
        return plan;
    }

    Setup.Plan undo(Engine engine) throws IOException {
        Setup setup = new Setup(engine, root);
        Setup.Plan plan = setup.undo();
        setup.apply(plan);
        return plan;
    }

    /** All that is there: text by path, directories with the text "/". */
    Map<String, String> all() throws IOException {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
                all.put("/" + root.relativize(path), directory ? "/" : Files.readString(path));
            }
        }
        return all;
    }
}
