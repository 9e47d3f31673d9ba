package io.lighterage.blockdev.fuse;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the next server must know, in the file {@code fuse.json}.
 *
 * @param mountPoint where the file system is mounted
 * @param device its device number as in the mount table; empty while it is being mounted
 * @param holder who keeps the descriptor
 * @param files what is served
 */
record FuseState(String mountPoint, String device, Holder holder, List<Served> files) {
    private static final Logger log = LoggerFactory.getLogger(FuseState.class);
    private static final String FILE = "fuse.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A file; see {@link FuseServer#add}. */
    record Served(String name, long length, String note) {}

    /** What an earlier server wrote; nothing if there is none, or it cannot be read. */
    static Optional<FuseState> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            FuseState state = JSON.readValue(Files.readAllBytes(file), FuseState.class);
            if (state.mountPoint == null || state.device == null || state.holder == null || state.files == null) {
                throw new IOException("it lacks a field");
            }
            return Optional.of(state);
        } catch (IOException unreadable) {
            log.error("{} cannot be read; the file system that it described cannot be taken over", file, unreadable);
            return Optional.empty();
        }
    }

    /** Replaces what is in the file, durably and at once. */
    void write(Path directory) throws IOException {
        Path fresh = directory.resolve(FILE + ".new");
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(this));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void delete(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
    }
}
