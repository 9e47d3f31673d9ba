package io.lighterage.cli.demo;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds files on this machine that make a realistic image: the running JDK's modules, its native libraries and tools,
 * the jars of this project, and the machine's shared libraries where those are not enough.
 */
final class MachineFiles {
    private static final long SMALLEST = 1 << 12;

    private final Path javaHome;
    private final List<Path> classPath;

    MachineFiles(Path javaHome, List<Path> classPath) {
        this.javaHome = javaHome;
        this.classPath = List.copyOf(classPath);
    }

    /** As the running JVM has them. */
    static MachineFiles ofThisJvm() throws IOException {
        List<Path> classPath = new ArrayList<>();
        for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(part).toAbsolutePath();
            if (Files.isRegularFile(path)) {
                classPath.add(path);
                Path libraries = path.resolveSibling("lib");
                if (Files.isDirectory(libraries)) {
                    classPath.addAll(files(libraries, 1));
                }
            }
        }
        return new MachineFiles(Path.of(System.getProperty("java.home")), classPath);
    }

    /** The JDK's module image, the greatest file; it makes a layer alone. */
    List<LayerSource> modules() throws IOException {
        return sources(List.of(javaHome.resolve("lib/modules")), javaHome, "opt/java/");
    }

    /** The rest of the JDK: native libraries, class data archives, tools, module files where there are any. */
    List<LayerSource> runtime() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String directory : List.of("lib", "bin", "jmods")) {
            if (Files.isDirectory(javaHome.resolve(directory))) {
                found.addAll(files(javaHome.resolve(directory), 4));
            }
        }
        found.remove(javaHome.resolve("lib/modules"));
        found.remove(javaHome.resolve("lib/src.zip"));
        return sources(found, javaHome, "opt/java/");
    }

    /** The jars that this program runs from. */
    List<LayerSource> jars() throws IOException {
        List<LayerSource> found = new ArrayList<>();
        for (Path jar : classPath) {
            found.addAll(sources(List.of(jar), jar.getParent(), "opt/lighterage/lib/"));
        }
        return found;
    }

    /** Shared libraries of the machine, greatest first, of {@code bytes} together or as many as there are. */
    List<LayerSource> libraries(long bytes) throws IOException {
        Path root = Path.of("/usr/lib");
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        List<LayerSource> all = new ArrayList<>(sources(files(root, 3), Path.of("/"), ""));
        all.sort(Comparator.comparingLong(LayerSource::length).reversed());
        List<LayerSource> chosen = new ArrayList<>();
        long sum = 0;
        for (LayerSource source : all) {
            if (sum >= bytes) {
                break;
            }
            chosen.add(source);
            sum += source.length();
        }
        return chosen;
    }

    private static List<LayerSource> sources(List<Path> files, Path base, String prefix) throws IOException {
        List<LayerSource> sources = new ArrayList<>();
        for (Path file : files) {
            if (Files.isReadable(file) && Files.size(file) >= SMALLEST) {
                sources.add(new LayerSource(file, prefix + base.relativize(file), Files.size(file)));
            }
        }
        return sources;
    }

    private static List<Path> files(Path directory, int depth) throws IOException {
        try (Stream<Path> tree = Files.find(
                directory, depth, (path, attributes) -> attributes.isRegularFile() && Files.isReadable(path))) {
            return tree.sorted().toList();
        } catch (UncheckedIOException e) {
            throw new IOException("cannot list " + directory, e.getCause());
        }
    }
}
