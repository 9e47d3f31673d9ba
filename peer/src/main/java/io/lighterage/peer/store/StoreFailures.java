package io.lighterage.peer.store;

import io.lighterage.peer.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Turns what the disk and the database report into {@link StoreException}s that name the place and the mend. */
final class StoreFailures {
    private StoreFailures() {}

    /** The failure of doing {@code what} at {@code place}. */
    static StoreException of(String what, Path place, IOException cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        String text = String.valueOf(cause.getMessage());
        if (text.contains("No space left") || text.contains("quota exceeded")) {
            return full(what, place, cause);
        }
        return new StoreException(
                Reason.FAILED, "cannot " + what + " at " + place + ": " + cause + "; check the disk", cause);
    }

    /** The failure of the database in {@code place} to do {@code what}. */
    static StoreException of(String what, Path place, RocksDBException cause) {
        Status status = cause.getStatus();
        if (status != null && status.getSubCode() == Status.SubCode.NoSpace
                || String.valueOf(cause.getMessage()).contains("No space left")) {
            return full(what, place, cause);
        }
        return new StoreException(
                Reason.FAILED,
                "cannot " + what + " in the database " + place + ": " + cause.getMessage() + "; check the disk",
                cause);
    }

    private static StoreException full(String what, Path place, Exception cause) {
        return new StoreException(
                Reason.DISK_FULL,
                "cannot " + what + " at " + place + ": the disk is full; free some room on it",
                cause);
    }
}
