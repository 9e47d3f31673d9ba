package io.lighterage.peer.wire;

import io.lighterage.peer.store.BlobReader;
import io.netty.channel.DefaultFileRegion;

/**
 * A part of a data file for sendfile. Releasing it gives back the lease and leaves the file open, which others share.
 * It extends Netty's own region because the native transport uses sendfile for that class alone.
 */
final class LeasedRegion extends DefaultFileRegion {
    private final BlobReader reader;

    LeasedRegion(BlobReader reader, long offset, long length) {
        super(reader.channel(), offset, length);
        this.reader = reader;
    }

    @Override
    protected void deallocate() {
        reader.close();
    }
}
