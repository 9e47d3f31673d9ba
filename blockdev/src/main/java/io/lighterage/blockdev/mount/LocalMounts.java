package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.ErofsMultiDevice;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Mounts images that are here whole, straight from the files of the store, so that no process of ours is needed to read
 * them. Only the metadata are copied, to a file below the node's directory that names the data blobs as devices of
 * their own.
 */
final class LocalMounts {
    private final Path directory;
    private final BlobStore store;
    private final ImageMounter mounter;

    /** @param directory where the metadata go */
    LocalMounts(Path directory, BlobStore store, ImageMounter mounter) {
        this.directory = directory;
        this.store = store;
        this.mounter = mounter;
    }

    /**
     * Mounts the image over {@code target} if it is here whole; answers whether it is.
     *
     * @throws MountException if it is here and cannot be mounted
     * @throws IOException if the metadata cannot be written
     */
    boolean mount(DeviceMap map, Path target) throws IOException {
        Optional<List<Path>> files = LocalFiles.all(map, store);
        if (files.isEmpty()) {
            return false;
        }
        List<Path> data = files.get().subList(1, files.get().size());
        Path metadata = file(map);
        if (Files.notExists(metadata)) {
            write(files.get().getFirst(), map, metadata);
        }
        if (data.isEmpty()) {
            mounter.mount(metadata, target);
        } else {
            mounter.mount(metadata, data, target);
        }
        return true;
    }

    /** The file of the image's metadata, whether it is there or not. */
    Path file(DeviceMap map) {
        return directory.resolve(map.image().hex());
    }

    private void write(Path blob, DeviceMap map, Path metadata) throws IOException {
        Files.createDirectories(directory);
        Path fresh = Files.createTempFile(directory, "new-", null);
        try {
            Files.copy(blob, fresh, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                int devices = map.extents().size() - 1;
                if (devices > 0) {
                    announce(file, devices);
                }
                file.truncate(map.metadata().length());
                file.force(true);
            }
            Files.move(fresh, metadata, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static void announce(FileChannel file, int devices) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(ErofsMultiDevice.PREFIX);
        while (first.hasRemaining() && file.read(first, first.position()) >= 0) {
            // Reads on until the block is full.
        }
        ByteBuffer changed = ByteBuffer.wrap(ErofsMultiDevice.announce(first.array(), devices));
        while (changed.hasRemaining()) {
            file.write(changed, changed.position());
        }
    }

    /** Removes the metadata of images that are not {@code wanted}, by the hex of their manifest; mounts keep theirs. */
    void removeBut(Predicate<String> wanted) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (!wanted.test(file.getFileName().toString())) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
