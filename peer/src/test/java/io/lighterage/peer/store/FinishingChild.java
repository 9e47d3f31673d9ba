package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A process that makes one blob after the other with {@link BlobStore#newBlob} and says of each that it is finished,
 * one line {@code finished BLOB;} each, until it is killed.
 */
final class FinishingChild {
    static final int LENGTH = 5 * BlobInfo.SMALLEST_CHUNK + 99;

    private FinishingChild() {}

    public static void main(String[] args) throws Exception {
        BlobStore store = BlobStore.open(Path.of(args[0]));
        for (int blob = Integer.parseInt(args[1]); ; blob++) {
            try (BlobWriter writer = store.newBlob(BlobInfo.SMALLEST_CHUNK)) {
                writer.append(ByteBuffer.wrap(Contents.random(blob, LENGTH).bytes()));
                writer.finish();
            }
            System.out.println("finished " + blob + ";");
        }
    }
}
