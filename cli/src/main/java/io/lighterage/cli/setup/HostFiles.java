package io.lighterage.cli.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Text files of a host whose root is some directory here. Paths are absolute, as the host has them. */
final class HostFiles {
    private static final long LARGEST = 4 << 20;

    private final Path root;

    HostFiles(Path root) {
        try {
            this.root = root.toRealPath();
        } catch (IOException e) {
            throw new SetupException("--root " + root + ": there is no such directory", e);
        }
    }

    /** The text of a file; nothing if it is not there. */
    Optional<String> read(Path path) {
        Path here = locate(path);
        if (Files.notExists(here)) {
            return Optional.empty();
        }
        try {
            if (!Files.exists(here)) {
                throw new AccessDeniedException(here.toString());
            }
            if (!Files.isRegularFile(here)) {
                throw new SetupException(path + ": not a file");
            }
            if (Files.size(here) > LARGEST) {
                throw new SetupException(path + ": larger than " + LARGEST + " bytes");
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(here));
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException e) {
            throw new SetupException(path + ": not UTF-8 text", e);
        } catch (AccessDeniedException e) {
            throw new SetupException(path + ": cannot be read: permission denied; run this as root", e);
        } catch (IOException e) {
            throw new SetupException(path + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** What is in a directory, by name; nothing if it is not there. */
    List<Path> list(Path directory) {
        Path here = locate(directory);
        if (!Files.isDirectory(here)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(here)) {
            return names.map(name -> directory.resolve(name.getFileName())).sorted().toList();
        } catch (IOException e) {
            throw new SetupException(directory + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    boolean isDirectory(Path path) {
        return Files.isDirectory(locate(path));
    }

    /** Directories that writing {@code path} would make, the outermost first. */
    List<Path> missingParents(Path path) {
        List<Path> missing = new ArrayList<>();
        for (Path at = path.getParent(); at != null && !Files.exists(locate(at)); at = at.getParent()) {
            missing.addFirst(at);
        }
        return missing;
    }

    /** Fails unless this process may write, replace and remove {@code path}. */
    void requireWritable(Path path) {
        Path directory = locate(path).getParent();
        while (!Files.exists(directory)) {
            directory = directory.getParent();
        }
        if (!Files.isDirectory(directory)) {
            throw new SetupException(path + ": cannot be written: " + directory + " is not a directory");
        }
        if (!Files.isWritable(directory)) {
            throw new SetupException(
                    path + ": cannot be written: no permission for " + directory + "; run this as root");
        }
    }

    /** Makes all changes; if one fails, those before it are taken back. */
    void apply(List<Change> changes) throws IOException {
        List<Change> done = new ArrayList<>();
        try {
            for (Change change : changes) {
                if (!read(change.path()).equals(change.before())) {
                    throw new IOException(
                            change.path() + ": was changed by another program at this moment; run this again");
                }
                done.add(change);
                put(change.path(), change.after());
            }
        } catch (IOException | RuntimeException e) {
            for (Change change : done.reversed()) {
                try {
                    put(change.path(), change.before());
                } catch (IOException failure) {
                    e.addSuppressed(failure);
                }
            }
            throw e;
        }
    }

    /** Removes those of the directories that are empty, the last first. */
    void removeEmpty(List<Path> directories) throws IOException {
        for (Path directory : directories.reversed()) {
            if (isDirectory(directory) && list(directory).isEmpty()) {
                Files.delete(locate(directory));
            }
        }
    }

    private void put(Path path, Optional<String> text) throws IOException {
        Path here = locate(path);
        if (text.isEmpty()) {
            Files.deleteIfExists(here);
            return;
        }
        Files.createDirectories(here.getParent());
        Path fresh = Files.createTempFile(here.getParent(), ".lighterage", ".new");
        try {
            try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.get());
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                giveAttributes(here, fresh);
                file.force(true);
            }
            Files.move(fresh, here, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Owner, group and mode stay; a file that is new is everybody's to read. */
    private static void giveAttributes(Path old, Path fresh) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(fresh, PosixFileAttributeView.class);
        if (!Files.exists(old)) {
            view.setPermissions(PosixFilePermissions.fromString("rw-r--r--"));
            return;
        }
        PosixFileAttributes before = Files.readAttributes(old, PosixFileAttributes.class);
        PosixFileAttributes now = view.readAttributes();
        if (!now.owner().equals(before.owner())) {
            view.setOwner(before.owner());
        }
        if (!now.group().equals(before.group())) {
            view.setGroup(before.group());
        }
        view.setPermissions(before.permissions());
    }

    /** Where a path is here, links followed, so that a link is kept and its target written. */
    private Path locate(Path path) {
        Path here = root.resolve(Path.of("/").relativize(path)).normalize();
        try {
            Path existing = here;
            while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
                existing = existing.getParent();
            }
            Path real = existing.toRealPath();
            if (!real.startsWith(root)) {
                throw new SetupException(path + ": is a link that leads out of " + root + ", to " + real);
            }
            return real.resolve(existing.relativize(here)).normalize();
        } catch (AccessDeniedException e) {
            throw new SetupException(path + ": cannot be read: permission denied; run this as root", e);
        } catch (NoSuchFileException e) {
            throw new SetupException(path + ": is a link to a file that is not there", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot find " + path, e);
        }
    }
}
