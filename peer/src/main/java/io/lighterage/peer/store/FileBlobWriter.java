package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link BlobWriter} into a temporary file, which the store adopts at the end. Each chunk is hashed by two threads
 * beside the one that appends: one has the whole blob's hash, the other the chunk's own, and writes it. They are
 * platform threads, since hashing never yields, and no other thread touches the file, so that an interrupt cannot close
 * it.
 */
final class FileBlobWriter implements BlobWriter {
    private static final Logger LOG = LoggerFactory.getLogger(FileBlobWriter.class);

    /** Chunks in memory: one that fills, and some that wait for either thread. */
    private static final int PIECES = 4;

    private static final Piece END = new Piece(0);

    /** Takes a finished file into the store. */
    @FunctionalInterface
    interface Adopter {
        StoredBlob adopt(BlobInfo info, byte[] hashes, Path file) throws StoreException;
    }

    /** A chunk's bytes, and how many threads still need them. */
    private static final class Piece {
        final byte[] bytes;
        final AtomicInteger users = new AtomicInteger();
        int length;

        Piece(int capacity) {
            this.bytes = new byte[capacity];
        }
    }

    /** What one of the two threads does with each piece, and at the end. */
    private interface Work {
        void piece(Piece piece) throws IOException;

        void end() throws IOException;
    }

    private final Path file;
    private final FileChannel channel;
    private final int chunkLength;
    private final Adopter adopter;
    private final BlockingQueue<Piece> free = new ArrayBlockingQueue<>(PIECES);
    private final BlockingQueue<Piece> toHash = new ArrayBlockingQueue<>(PIECES + 1);
    private final BlockingQueue<Piece> toWrite = new ArrayBlockingQueue<>(PIECES + 1);
    private final Thread hasher;
    private final Thread writer;

    /** Belongs to the hashing thread until that has ended, as {@code hashes} to the writing one. */
    private final MessageDigest whole = Digest.sha256();

    private final ByteArrayOutputStream hashes = new ByteArrayOutputStream();

    /** The first failure of either thread. */
    private volatile Exception failure;

    /** These belong to the thread that appends. */
    private Piece filling;

    private long length;
    private boolean ended;
    private boolean discarded;

    private FileBlobWriter(Path file, FileChannel channel, int chunkLength, Adopter adopter) {
        this.file = file;
        this.channel = channel;
        this.chunkLength = chunkLength;
        this.adopter = adopter;
        for (int i = 0; i < PIECES; i++) {
            free.add(new Piece(chunkLength));
        }
        this.hasher = thread("store-hash", toHash, new Work() {
            @Override
            public void piece(Piece piece) {
                whole.update(piece.bytes, 0, piece.length);
            }

            @Override
            public void end() {}
        });
        this.writer = thread("store-write", toWrite, new Work() {
            @Override
            public void piece(Piece piece) throws IOException {
                ByteBuffer data = ByteBuffer.wrap(piece.bytes, 0, piece.length);
                hashes.writeBytes(Recovery.sha256(data));
                while (data.hasRemaining()) {
                    channel.write(data);
                }
            }

            @Override
            public void end() throws IOException {
                channel.force(true);
            }
        });
    }

    /** Begins a blob in {@code file}, which is made. */
    static FileBlobWriter open(Path file, int chunkLength, Adopter adopter) throws StoreException {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new FileBlobWriter(file, channel, chunkLength, adopter);
        } catch (IOException e) {
            throw StoreFailures.of("begin a blob", file, e);
        }
    }

    private Thread thread(String name, BlockingQueue<Piece> queue, Work work) {
        return Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                while (true) {
                    Piece piece = queue.take();
                    if (piece == END) {
                        attempt(work::end);
                        return;
                    }
                    attempt(() -> work.piece(piece));
                    if (piece.users.decrementAndGet() == 0) {
                        free.add(piece);
                    }
                }
            } catch (InterruptedException e) {
                failure = e;
            }
        });
    }

    private interface Step {
        void run() throws IOException;
    }

    /** After a failure pieces still come back, so that nobody waits for them. */
    private void attempt(Step step) {
        if (failure == null) {
            try {
                step.run();
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
        }
    }

    @Override
    public void append(ByteBuffer data) throws StoreException, InterruptedException {
        if (ended) {
            throw new IllegalStateException("the blob is finished or discarded");
        }
        if (data.remaining() > BlobInfo.LONGEST - length) {
            throw new StoreException(Reason.FAILED, "a blob has at most " + BlobInfo.LONGEST + " bytes");
        }
        while (data.hasRemaining()) {
            checkFailure();
            if (filling == null) {
                filling = free.take();
                filling.length = 0;
            }
            int count = Math.min(data.remaining(), chunkLength - filling.length);
            data.get(filling.bytes, filling.length, count);
            filling.length += count;
            length += count;
            if (filling.length == chunkLength) {
                pass();
            }
        }
    }

    private void pass() {
        filling.users.set(2);
        toHash.add(filling);
        toWrite.add(filling);
        filling = null;
    }

    private void checkFailure() throws StoreException {
        Exception why = failure;
        if (why instanceof IOException io) {
            throw StoreFailures.of("write a new blob", file, io);
        }
        if (why != null) {
            throw new StoreException(Reason.FAILED, "cannot write a new blob at " + file + ": " + why, why);
        }
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public StoredBlob finish() throws StoreException, InterruptedException {
        if (ended) {
            throw new IllegalStateException("the blob is finished or discarded");
        }
        if (filling != null) {
            pass();
        }
        end();
        hasher.join();
        writer.join();
        checkFailure();
        BlobInfo info = new BlobInfo(Digest.finish(whole), length, chunkLength);
        return adopter.adopt(info, hashes.toByteArray(), file);
    }

    private void end() {
        ended = true;
        toHash.add(END);
        toWrite.add(END);
    }

    @Override
    public void close() {
        if (discarded) {
            return;
        }
        discarded = true;
        if (!ended) {
            failure = new IOException("the blob was discarded");
            end();
        }
        try {
            channel.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("cannot discard {}; it is removed when the store is opened", file, e);
        }
    }
}
