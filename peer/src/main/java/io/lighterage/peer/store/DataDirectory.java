package io.lighterage.peer.store;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException.Reason;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data directory that this process owns, and where things lie in it.
 *
 * <pre>
 * lock                  locked by the owner for as long as it lives
 * format                one line, "lighterage-store 1"
 * db/                   RocksDB, see {@link BlobIndex}
 * blobs/ab/abcd...      a blob's data at its full length, under the hex digits of its digest
 * new/                  data of blobs whose digest is not known yet; removed on opening
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);
    private static final String FORMAT = "lighterage-store 1";
    private static final Pattern DATA_FILE = Pattern.compile("[0-9a-f]{64}");

    private final Path root;
    private final FileChannel lock;

    private DataDirectory(Path root, FileChannel lock) {
        this.root = root;
        this.lock = lock;
    }

    /** Makes the directory if need be and takes it into possession. */
    static DataDirectory open(Path root) throws StoreException {
        FileChannel lock;
        try {
            Files.createDirectories(root);
            lock = FileChannel.open(
                    root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw notWritable(root, e);
        }
        try {
            takeLock(root, lock);
            DataDirectory directory = new DataDirectory(root, lock);
            directory.checkFormat();
            Files.createDirectories(directory.blobs());
            Files.createDirectories(directory.fresh());
            return directory;
        } catch (StoreException e) {
            release(lock, e);
            throw e;
        } catch (IOException e) {
            release(lock, e);
            throw notWritable(root, e);
        }
    }

    private static void release(FileChannel lock, Exception why) {
        try {
            lock.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private static StoreException notWritable(Path root, IOException e) {
        return new StoreException(
                Reason.NOT_WRITABLE,
                "the data directory " + root + " cannot be made or written (" + e
                        + "); make it writable for this user or choose another",
                e);
    }

    private static void takeLock(Path root, FileChannel channel) throws IOException {
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            throw new StoreException(
                    Reason.IN_USE,
                    "the data directory " + root
                            + " is in use by a running process; stop that one or choose another directory");
        }
    }

    private void checkFormat() throws IOException {
        Path format = root.resolve("format");
        if (Files.exists(format)) {
            String found = new String(Files.readAllBytes(format), StandardCharsets.UTF_8).strip();
            if (!found.equals(FORMAT)) {
                throw otherVersion("has the format \"" + shorten(found) + "\"");
            }
            return;
        }
        if (Files.exists(database())) {
            throw otherVersion("has a database but no file named format");
        }
        Path fresh = root.resolve("format.new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer line = ByteBuffer.wrap((FORMAT + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        }
        Files.move(fresh, format, StandardCopyOption.ATOMIC_MOVE);
        force(root);
    }

    private StoreException otherVersion(String what) {
        return new StoreException(
                Reason.OTHER_VERSION,
                "the data directory " + root + " " + what + ", this version reads \"" + FORMAT
                        + "\"; run the version that wrote it, or choose another directory");
    }

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    /** The directory itself. */
    Path root() {
        return root;
    }

    /** Where the database lies. */
    Path database() {
        return root.resolve("db");
    }

    /** Where data files lie. */
    Path blobs() {
        return root.resolve("blobs");
    }

    /** Where data files of blobs lie that have no name yet. */
    private Path fresh() {
        return root.resolve("new");
    }

    /** The name of a file that does not exist, for a blob without a name. */
    Path newFile() {
        return fresh().resolve(UUID.randomUUID().toString());
    }

    /** Makes {@code file}, which is durable, the data file of {@code digest}, durably. */
    void adopt(Path file, Digest digest) throws IOException {
        Path target = dataFile(digest);
        Files.createDirectories(target.getParent());
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        force(target.getParent());
        force(blobs());
    }

    /** The data file of {@code digest}. */
    Path dataFile(Digest digest) {
        String hex = digest.hex();
        return blobs().resolve(hex.substring(0, 2)).resolve(hex);
    }

    /** Makes the data file of {@code digest} anew: {@code length} bytes, all of them hole. */
    void makeDataFile(Digest digest, long length) throws IOException {
        Path file = dataFile(digest);
        // To look first is cheaper: what is said by an exception costs its stack trace.
        if (!Files.isDirectory(file.getParent())) {
            Files.createDirectories(file.getParent());
        }
        if (Files.exists(file)) {
            Files.delete(file);
        }
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            data.setLength(length);
        }
    }

    /** Whether the data file of {@code digest} is there with {@code length} bytes. */
    boolean hasDataFile(Digest digest, long length) throws IOException {
        Path file = dataFile(digest);
        return Files.isRegularFile(file) && Files.size(file) == length;
    }

    /** Makes the directory entries of {@code directory} durable. */
    static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Removes data files that a crash left without a blob; {@code known} knows the blobs' 64 hex digits. */
    void sweep(Predicate<String> known) throws StoreException {
        int removed = 0;
        try (DirectoryStream<Path> shelves = Files.newDirectoryStream(blobs(), Files::isDirectory)) {
            for (Path shelf : shelves) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(shelf)) {
                    for (Path file : files) {
                        String name = file.getFileName().toString();
                        if (DATA_FILE.matcher(name).matches() && !known.test(name)) {
                            Files.delete(file);
                            removed++;
                        }
                    }
                }
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(fresh())) {
                for (Path file : files) {
                    Files.delete(file);
                    removed++;
                }
            }
        } catch (IOException e) {
            throw StoreFailures.of("remove data files without a blob", root, e);
        }
        if (removed > 0) {
            LOG.info("removed {} data files in {} that belong to no blob", removed, root);
        }
    }

    @Override
    public void close() throws StoreException {
        try {
            lock.close();
        } catch (IOException e) {
            throw StoreFailures.of("release the lock", root, e);
        }
    }
}
