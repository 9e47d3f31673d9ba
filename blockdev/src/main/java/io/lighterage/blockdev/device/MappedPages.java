package io.lighterage.blockdev.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bounds how many pages of mapped files are in this process's page tables, and so count as its resident memory. Without
 * it every byte that was read once would. What is given up stays in the kernel's page cache, so that the next read of
 * it costs a fault and no I/O. One for all devices of the process, for its memory is one. Safe for use by several
 * threads.
 */
final class MappedPages {
    /** That of this process. */
    static final MappedPages OF_PROCESS = new MappedPages(32L << 20);

    /** What the kernel maps at a fault at most: fault_around_bytes. */
    private static final long AROUND = 64 << 10;

    private final long most;
    private final AtomicLong touched = new AtomicLong();

    /** Guards the files, and is held while their pages are given up, so that none is unmapped meanwhile. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Arena, List<MemorySegment>> files = new HashMap<>();

    /** @param most bytes that may be mapped before all are given up */
    MappedPages(long most) {
        this.most = most;
    }

    /** A file was mapped for as long as {@code arena} lives. */
    void add(Arena arena, MemorySegment file) {
        lock.lock();
        try {
            files.computeIfAbsent(arena, a -> new ArrayList<>()).add(file);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the files of {@code arena}, which is about to be closed. */
    void remove(Arena arena) {
        lock.lock();
        try {
            files.remove(arena);
        } finally {
            lock.unlock();
        }
    }

    /** {@code bytes} in a row are about to be read. */
    void touch(long bytes) {
        if (touched.addAndGet(bytes + AROUND) > most && lock.tryLock()) {
            try {
                touched.set(0);
                files.values().forEach(of -> of.forEach(MemorySegment::unload));
            } finally {
                lock.unlock();
            }
        }
    }
}
