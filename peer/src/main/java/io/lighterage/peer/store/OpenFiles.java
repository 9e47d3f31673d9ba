package io.lighterage.peer.store;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open data files. Everybody who uses a blob's file at the same time shares one descriptor; a bounded number of
 * descriptors that nobody uses is kept open for the next user.
 */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    private final int mostIdle;

    /** Files by blob, in use or idle; all three guarded by this. */
    private final Map<Digest, SharedFile> open = new HashMap<>();

    /** Those that nobody uses, longest idle first. */
    private final LinkedHashMap<Digest, SharedFile> idle = new LinkedHashMap<>();

    private boolean closed;

    /** @param mostIdle number of descriptors to keep that nobody uses */
    OpenFiles(int mostIdle) {
        this.mostIdle = mostIdle;
    }

    /** Leases the file of {@code digest}; opens it if need be. The caller closes the lease. */
    FileLease lease(Digest digest, Path path) throws IOException {
        SharedFile file;
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the store of " + path + " is closed");
            }
            file = open.computeIfAbsent(digest, d -> new SharedFile(d, path));
            idle.remove(digest);
            file.leases++;
        }
        try {
            file.channel();
        } catch (IOException e) {
            release(file);
            throw e;
        }
        return new FileLease(file, this);
    }

    /** Gives a lease back. */
    void release(SharedFile file) {
        List<SharedFile> unwanted = new ArrayList<>();
        synchronized (this) {
            file.leases--;
            if (file.leases == 0) {
                if (closed || open.get(file.digest()) != file) {
                    unwanted.add(file);
                } else {
                    idle.put(file.digest(), file);
                    if (idle.size() > mostIdle) {
                        SharedFile oldest = idle.pollFirstEntry().getValue();
                        open.remove(oldest.digest());
                        unwanted.add(oldest);
                    }
                }
            }
        }
        unwanted.forEach(OpenFiles::closeQuietly);
    }

    /** Makes sure that the file of {@code digest} is opened anew by whoever leases it next. */
    void withdraw(Digest digest) {
        SharedFile file;
        boolean unused;
        synchronized (this) {
            file = open.remove(digest);
            idle.remove(digest);
            unused = file != null && file.leases == 0;
        }
        if (file != null) {
            file.withdraw();
        }
        if (unused) {
            closeQuietly(file);
        }
    }

    /** Number of open files, in use or idle. */
    synchronized int count() {
        return open.size();
    }

    /** Closes what is idle; what is in use is closed by its last user. */
    void close() {
        List<SharedFile> unused;
        synchronized (this) {
            closed = true;
            unused = List.copyOf(idle.values());
            idle.clear();
        }
        unused.forEach(OpenFiles::closeQuietly);
    }

    private static void closeQuietly(SharedFile file) {
        try {
            file.close();
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("cannot close {}", file.path(), e);
        }
    }
}
