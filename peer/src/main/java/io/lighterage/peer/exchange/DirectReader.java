package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.store.WrongChunkException;
import io.lighterage.peer.swarm.DirectShare;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads for one transfer from the upstream registry, run after run of missing chunks, as long as the supernode does not
 * help; what is made anew it reads from the first byte to the last, once, and keeps all. What it reads is checked against
 * the table where that is known, and makes provisional entries where it is not.
 */
final class DirectReader implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectReader.class);

    private final NodeSwarm swarm;
    private final Transfer transfer;
    private final Upstream upstream;

    /** Whether upstream has other bytes than the table says; one thread uses it. */
    private boolean disagreed;

    DirectReader(NodeSwarm swarm, Transfer transfer) {
        this.swarm = swarm;
        this.transfer = transfer;
        this.upstream = swarm.upstream.orElseThrow();
    }

    @Override
    public void run() {
        LOG.info("reading {} from upstream: the supernode does not help", transfer.digest());
        int first = 0;
        int count = 0;
        long lastRunNs = 0;
        while (true) {
            try {
                TimeUnit.NANOSECONDS.sleep(swarm.impatience.pauseNs(transfer, lastRunNs));
                Optional<DirectShare.Run> run = swarm.impatience.reserveForUpstream(transfer);
                if (run.isEmpty()) {
                    return;
                }
                first = run.get().first();
                count = run.get().count();
                long sinceNs = System.nanoTime();
                if (upstream.isMade(transfer.digest())) {
                    make();
                } else {
                    read(first, count);
                }
                lastRunNs = System.nanoTime() - sinceNs;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failed(first, count, new BlobUnavailableException("interrupted while reading " + transfer.digest()));
                return;
            } catch (BlobUnavailableException e) {
                failed(first, count, e);
                return;
            } catch (IOException | RuntimeException e) {
                failed(first, count, new BlobUnavailableException(
                        "blob " + transfer.digest() + " cannot be read from upstream: " + e.getMessage(), e));
                return;
            }
        }
    }

    private void failed(int first, int count, BlobUnavailableException why) {
        if (swarm.isEnded(transfer)) {
            LOG.debug("{} is not read from upstream any more: {}", transfer.digest(), why.getMessage());
            return;
        }
        LOG.warn("{}", why.getMessage());
        swarm.impatience.upstreamFailed(transfer, first, count, why, disagreed || Thread.currentThread().isInterrupted());
    }

    private void read(int first, int count) throws IOException, InterruptedException {
        BlobInfo info = transfer.blob.info();
        long offset = info.offsetOf(first);
        long length = info.offsetOf(first + count - 1) + info.lengthOf(first + count - 1) - offset;
        Upstream.Sink chunks = cut(first, this::store);
        upstream.read(transfer.digest(), transfer.source.orElseThrow(), offset, length, piece -> {
            swarm.counters.readUpstream(piece.remaining());
            chunks.accept(piece);
        });
    }

    private void make() throws IOException, InterruptedException {
        Upstream.Sink chunks = cut(0, (index, data) -> {
            if (swarm.isEnded(transfer)) {
                throw new BlobUnavailableException("blob " + transfer.digest() + " is wanted no longer");
            }
            if (!transfer.blob.has(index)) {
                store(index, data);
            }
        });
        upstream.read(transfer.digest(), transfer.source.orElseThrow(), 0, transfer.blob.info().length(), chunks);
    }

    /** Takes whole chunks. */
    @FunctionalInterface
    private interface ChunkSink {
        void accept(int index, ByteBuffer data) throws IOException;
    }

    /** Takes bytes from chunk {@code first} on, and gives {@code target} chunk after chunk. */
    private Upstream.Sink cut(int first, ChunkSink target) {
        BlobInfo info = transfer.blob.info();
        ByteBuffer chunk = ByteBuffer.allocate(info.chunkLength());
        int[] index = {first};
        return piece -> {
            while (piece.hasRemaining()) {
                int wanted = info.lengthOf(index[0]) - chunk.position();
                int taken = Math.min(wanted, piece.remaining());
                chunk.put(piece.slice(piece.position(), taken));
                piece.position(piece.position() + taken);
                if (taken == wanted) {
                    target.accept(index[0]++, chunk.flip());
                    chunk.clear();
                }
            }
        };
    }

    private void store(int index, ByteBuffer data) throws IOException {
        try {
            transfer.blob.ingest(index, data);
        } catch (WrongChunkException e) {
            swarm.counters.wrongChunk();
            disagreed = true;
            if (!transfer.blob.isVerified()) {
                // Which of two provisional sources is wrong cannot be known: begin anew.
                swarm.store.delete(transfer.digest());
            }
            throw new BlobUnavailableException("upstream and the table disagree: " + e.getMessage(), e);
        }
        ChunkSet known = ChunkSet.of(transfer.blob.info().chunkCount(), index);
        swarm.statements.askable(transfer, known);
        swarm.arrivals.arrived(transfer, index, true);
    }
}
