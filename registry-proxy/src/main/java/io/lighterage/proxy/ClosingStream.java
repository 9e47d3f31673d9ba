package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A stream that two threads close, its reader and the one that hears of the client's going, and that hears it once. */
final class ClosingStream implements BlobStream {
    private final BlobStream stream;
    private final AtomicBoolean closed = new AtomicBoolean();

    ClosingStream(BlobStream stream) {
        this.stream = stream;
    }

    @Override
    public BlobInfo info() {
        return stream.info();
    }

    @Override
    public BlobSlice next(int most, Duration deadline) throws BlobUnavailableException, InterruptedException {
        checkOpen();
        return stream.next(most, deadline);
    }

    @Override
    public BlobSlice all(Duration deadline) throws BlobUnavailableException, InterruptedException {
        checkOpen();
        return stream.all(deadline);
    }

    @Override
    public boolean isLocal() {
        return stream.isLocal();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            stream.close();
        }
    }

    private void checkOpen() throws BlobUnavailableException {
        if (closed.get()) {
            throw new BlobUnavailableException("blob " + stream.info().digest() + " is not read on: the client is gone");
        }
    }
}
