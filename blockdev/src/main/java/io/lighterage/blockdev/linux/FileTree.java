package io.lighterage.blockdev.linux;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Directories with all that is in them. */
public final class FileTree {
    private FileTree() {}

    /**
     * Deletes a file, or a directory with all that is in it. Links are deleted and not followed. What is not there, or
     * is deleted by somebody else meanwhile, is no error.
     *
     * @throws IOException naming the first file that cannot be deleted; others may be gone by then
     */
    public static void delete(Path tree) throws IOException {
        try {
            Files.walkFileTree(tree, new Deleting());
        } catch (DirectoryNotEmptyException e) {
            throw new IOException("cannot delete " + tree + ": " + e.getFile() + " is not empty", e);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot delete " + tree + ": no right to " + e.getFile(), e);
        } catch (IOException e) {
            throw new IOException("cannot delete " + tree + ": " + e.getMessage(), e);
        }
    }

    private static final class Deleting extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
            if (e != null) {
                throw e;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
