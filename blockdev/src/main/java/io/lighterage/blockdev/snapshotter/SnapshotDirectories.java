package io.lighterage.blockdev.snapshotter;

import io.lighterage.blockdev.linux.FileTree;
import io.lighterage.blockdev.linux.FileUsage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of snapshots: {@code <id>/fs} with what a snapshot adds to its parents, and {@code <id>/work} for overlayfs
 * while it is active. Names that are no id are of work under way.
 */
final class SnapshotDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotDirectories.class);

    private final Path directory;

    /** @param directory where they are; made if it is not there */
    SnapshotDirectories(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory).toRealPath();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    Path files(long id) {
        return directory.resolve(Long.toString(id)).resolve("fs");
    }

    Path work(long id) {
        return directory.resolve(Long.toString(id)).resolve("work");
    }

    /**
     * Makes the directories of a snapshot.
     *
     * @param like whose owner its root has, if it stands upon anything
     */
    void make(long id, boolean active, Optional<Path> like) throws IOException {
        Path fresh = Files.createTempDirectory(directory, "new-");
        try {
            Path files = Files.createDirectory(fresh.resolve("fs"));
            Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxr-xr-x"));
            if (like.isPresent()) {
                for (String owner : List.of("unix:uid", "unix:gid")) {
                    Files.setAttribute(
                            files, owner, Files.getAttribute(like.get(), owner, LinkOption.NOFOLLOW_LINKS));
                }
            }
            if (active) {
                Path work = Files.createDirectory(fresh.resolve("work"));
                Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwx--x--x"));
            }
            Path target = directory.resolve(Long.toString(id));
            // A crash may have left one of this id: the id counts only once the snapshot is recorded.
            FileTree.delete(target);
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            FileTree.delete(fresh);
            throw e;
        }
    }

    /** What the files of a snapshot take. */
    SnapshotUsage usage(long id) throws IOException {
        FileUsage usage = FileUsage.of(files(id));
        return new SnapshotUsage(usage.bytes(), usage.inodes());
    }

    /** Removes a snapshot's directories; what cannot be removed now is left to {@link #removeBut}. */
    void remove(long id) {
        try {
            FileTree.delete(directory.resolve(Long.toString(id)));
        } catch (IOException e) {
            LOG.warn("the files of snapshot {} are still there", id, e);
        }
    }

    /** Removes all directories but those of the ids that {@code wanted} accepts. */
    void removeBut(LongPredicate wanted) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path one : all) {
                String name = one.getFileName().toString();
                if (!name.matches("[0-9]{1,18}") || !wanted.test(Long.parseLong(name))) {
                    LOG.info("{} is of no snapshot and is removed", one);
                    FileTree.delete(one);
                }
            }
        }
    }
}
