package io.lighterage.peer.store;

import io.lighterage.peer.content.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One data file, opened when it is first used.
 *
 * <p>Java closes a file's channel when a thread is interrupted in it, under the hands of all others. So reads
 * and writes here open the channel anew and go on; the interrupt is kept for the caller to find.
 */
final class SharedFile {
    /** Java copies heap buffers to direct ones of the same size and keeps those; this bounds them. */
    private static final int SLICE_BYTES = 256 << 10;

    private final Digest digest;
    private final Path path;

    /** Guarded by {@link OpenFiles}. */
    int leases;

    /** Guarded by this. */
    private FileChannel channel;

    /** Guarded by this: the path may name another file by now. */
    private boolean withdrawn;

    SharedFile(Digest digest, Path path) {
        this.digest = digest;
        this.path = path;
    }

    Digest digest() {
        return digest;
    }

    Path path() {
        return path;
    }

    /** The open channel. */
    synchronized FileChannel channel() throws IOException {
        if (channel == null || !channel.isOpen()) {
            if (withdrawn) {
                throw new ClosedChannelException();
            }
            channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
        return channel;
    }

    /** From now on the path is not opened any more. */
    synchronized void withdraw() {
        withdrawn = true;
    }

    synchronized void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }

    /** Reads at {@code offset} until {@code target} is full. */
    void read(long offset, ByteBuffer target) throws IOException {
        transfer(offset, target, FileChannel::read);
    }

    /** Writes all of {@code source} at {@code offset}. */
    void write(long offset, ByteBuffer source) throws IOException {
        transfer(offset, source, FileChannel::write);
    }

    /** Makes all that was written durable. */
    void force() throws IOException {
        uninterrupted(open -> {
            open.force(false);
            return 0;
        });
    }

    private interface Step {
        int apply(FileChannel open) throws IOException;
    }

    private interface Transfer {
        int apply(FileChannel open, ByteBuffer buffer, long offset) throws IOException;
    }

    private void transfer(long offset, ByteBuffer buffer, Transfer transfer) throws IOException {
        long at = offset;
        int end = buffer.limit();
        try {
            while (buffer.position() < end) {
                buffer.limit(buffer.isDirect() ? end : Math.min(end, buffer.position() + SLICE_BYTES));
                long from = at;
                int moved = uninterrupted(open -> transfer.apply(open, buffer, from));
                if (moved < 0) {
                    throw new EOFException(path + " ends before byte " + at);
                }
                at += moved;
            }
        } finally {
            buffer.limit(end);
        }
    }

    private int uninterrupted(Step step) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                FileChannel open = channel();
                try {
                    return step.apply(open);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                } catch (ClosedChannelException e) {
                    // Another thread was interrupted in it; channel() throws if it may not be opened again.
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
