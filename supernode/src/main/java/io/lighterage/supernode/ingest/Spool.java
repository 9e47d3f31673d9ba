package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.store.WrongChunkException;
import io.lighterage.supernode.upstream.BlobTransfer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * A blob whose length upstream does not tell, on its way through a temporary file: only its end tells how many chunks
 * it has. Its digest is checked there, before the store hears of it. Used by one thread.
 */
final class Spool implements AutoCloseable {
    private static final String PREFIX = "ingest-";
    private static final String SUFFIX = ".spool";

    private final Path file;
    private final FileChannel channel;

    private Spool(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens a fresh file in {@code directory}. */
    static Spool open(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, PREFIX, SUFFIX);
        return new Spool(file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Makes the directory, and removes what a killed process left in it. */
    static void prepare(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
    }

    /**
     * Takes the whole body.
     *
     * @return its length
     * @throws WrongDigestException if the bytes are not those of {@code digest}
     * @throws IOException if it has more than {@code limit} bytes
     */
    long fill(Digest digest, BlobTransfer transfer, BlobSource source, long limit)
            throws IOException, InterruptedException {
        MessageDigest hash = Digest.sha256();
        transfer.copyTo(piece -> {
            if (channel.position() + piece.remaining() > limit) {
                throw new IOException(source.repository() + " does not tell the length of " + digest
                        + " and sends more than " + limit + " bytes");
            }
            hash.update(piece.duplicate());
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        });
        Digest found = Digest.finish(hash);
        if (!found.equals(digest)) {
            throw new WrongDigestException(digest, source.repository(), "they have digest " + found);
        }
        return channel.position();
    }

    /** Writes what {@code blob} lacks, telling the listener of each chunk. */
    void drain(Task task, StoredBlob blob, Ingest ingest) throws IOException, InterruptedException {
        BlobInfo info = blob.info();
        task.store(() -> {
            blob.setVerified();
            return null;
        });
        for (int index = 0; index < info.chunkCount(); index++) {
            ByteBuffer chunk = ingest.buffers().take(info.chunkLength());
            try {
                int which = index;
                task.store(() -> {
                    move(blob, which, chunk);
                    ingest.listener().chunk(blob, which);
                    return null;
                });
            } finally {
                ingest.buffers().giveBack(chunk);
            }
            ingest.countBytes(info.lengthOf(index));
        }
    }

    private void move(StoredBlob blob, int index, ByteBuffer chunk) throws IOException {
        chunk.limit(blob.info().lengthOf(index));
        long offset = blob.info().offsetOf(index);
        while (chunk.hasRemaining()) {
            if (channel.read(chunk, offset + chunk.position()) < 0) {
                throw new IOException("the temporary file " + file + " became shorter");
            }
        }
        try {
            blob.ingest(index, chunk.flip());
        } catch (WrongChunkException e) {
            throw new IOException("the store has other bytes than upstream: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        }
    }
}
