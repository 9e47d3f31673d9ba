package io.lighterage.blockdev.image;

import io.lighterage.blockdev.linux.FileTree;
import io.lighterage.peer.content.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the whole device of an image to a file, offline. The same image gives the same bytes, and those that the
 * device has where nodes read it lazily. Safe for use by several threads.
 */
public final class ImageBuilder {
    private static final int COPY_BUFFER = 1 << 20;

    private final LayerFlattener flattener;

    /** @param limits what each layer may cost */
    public ImageBuilder(LayerLimits limits) {
        flattener = new LayerFlattener(limits);
    }

    /**
     * What was built.
     *
     * @param length of the device in bytes
     * @param metadataLength of it, the metadata's
     * @param inodes how many files there are
     */
    public record Built(long length, long metadataLength, int inodes) {}

    /** Where layers come from. */
    @FunctionalInterface
    public interface LayerSource {
        /** The layer's bytes as they are transferred; the caller closes the stream. */
        InputStream open(Digest layer) throws IOException, InterruptedException;
    }

    /** A layer's data while the image is put together. */
    private record Flat(LayerEntries entries, Path data, Digest digest) {}

    /**
     * Builds the device. {@code target} appears, or is replaced, once it is whole; room is needed for twice the device.
     *
     * @throws LayerException if a layer cannot be taken
     * @throws ErofsLimitException if the image has what EROFS cannot hold
     * @throws IOException if a file cannot be read or written
     */
    public Built build(OciLayout layout, OciLayout.Image image, Path target) throws IOException, InterruptedException {
        return build(layout::open, image.layers(), target);
    }

    /**
     * Builds the device of an image, or of some of the layers of one; otherwise as the other.
     *
     * @param layers lowest first, at least one
     */
    public Built build(LayerSource source, List<Layer> layers, Path target) throws IOException, InterruptedException {
        Path file = target.toAbsolutePath();
        Path work = Files.createTempDirectory(file.getParent(), "." + file.getFileName() + ".");
        try {
            LayerMerge merge = new LayerMerge();
            List<Flat> parts = new ArrayList<>();
            for (Layer layer : layers) {
                Flat flat = flatten(source, layer, work.resolve("data" + parts.size()));
                merge.add(layer, flat.entries());
                parts.add(flat);
            }
            parts.removeIf(part -> part.entries().dataLength() == 0);
            List<DataBlob> data = parts.stream()
                    .map(part -> new DataBlob(part.digest(), part.entries().dataLength()))
                    .toList();
            ErofsImage erofs = ErofsWriter.plan(merge.root(), data);
            Path device = work.resolve("device");
            write(erofs, parts, device);
            Files.move(device, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new Built(erofs.deviceLength(), erofs.metadataLength(), erofs.inodes());
        } finally {
            FileTree.delete(work);
        }
    }

    private Flat flatten(LayerSource source, Layer layer, Path file) throws IOException, InterruptedException {
        MessageDigest hash = Digest.sha256();
        try (InputStream blob = source.open(layer.digest());
                FileChannel data = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            LayerEntries entries = flattener.flatten(layer, blob, bytes -> {
                hash.update(bytes.duplicate());
                while (bytes.hasRemaining()) {
                    data.write(bytes);
                }
            });
            return new Flat(entries, file, Digest.finish(hash));
        }
    }

    private static void write(ErofsImage erofs, List<Flat> parts, Path device) throws IOException {
        try (FileChannel out = FileChannel.open(device, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            OutputStream metadata = new BufferedOutputStream(Channels.newOutputStream(out), COPY_BUFFER);
            erofs.writeTo(metadata);
            metadata.flush();
            for (Flat part : parts) {
                append(part.data(), out);
                // The file is not needed any more, and its room is.
                Files.delete(part.data());
            }
            if (out.position() != erofs.deviceLength()) {
                throw new IllegalStateException(
                        "the device has " + out.position() + " bytes, planned were " + erofs.deviceLength());
            }
            out.force(true);
        }
    }

    private static void append(Path data, FileChannel out) throws IOException {
        try (FileChannel in = FileChannel.open(data)) {
            long length = in.size();
            for (long done = 0; done < length; ) {
                done += in.transferTo(done, length - done, out);
            }
        }
    }
}
