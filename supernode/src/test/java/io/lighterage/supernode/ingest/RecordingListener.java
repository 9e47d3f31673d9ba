package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Keeps what an ingest tells, and waits for a blob's end. */
final class RecordingListener implements IngestListener {
    final List<Digest> described = new CopyOnWriteArrayList<>();
    final List<BlobSource> accepted = new CopyOnWriteArrayList<>();
    final List<Integer> chunks = new CopyOnWriteArrayList<>();
    final List<String> unusable = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Object> ends = new LinkedBlockingQueue<>();
    volatile Consumer<Integer> onChunk = index -> {};

    @Override
    public void accepted(Digest digest, BlobSource source, boolean fresh) {
        accepted.add(source);
    }

    @Override
    public void described(StoredBlob blob) {
        described.add(blob.info().digest());
    }

    @Override
    public void chunk(StoredBlob blob, int index) {
        if (!blob.has(index) || !blob.table().knows(index)) {
            unusable.add(blob.info().digest() + " " + index);
        }
        chunks.add(index);
        onChunk.accept(index);
    }

    @Override
    public void completed(StoredBlob blob) {
        ends.add(blob);
    }

    @Override
    public void failed(Digest digest, IOException why) {
        ends.add(why);
    }

    StoredBlob awaitCompleted() throws InterruptedException {
        Object end = ends.poll(30, TimeUnit.SECONDS);
        if (end instanceof StoredBlob blob) {
            return blob;
        }
        throw new AssertionError("the blob did not complete: " + end, end instanceof Throwable t ? t : null);
    }

    IOException awaitFailed() throws InterruptedException {
        Object end = ends.poll(30, TimeUnit.SECONDS);
        if (end instanceof IOException why) {
            return why;
        }
        throw new AssertionError("the blob did not fail: " + end);
    }
}
