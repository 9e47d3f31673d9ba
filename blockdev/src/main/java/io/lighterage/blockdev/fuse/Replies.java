package io.lighterage.blockdev.fuse;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Where answers go. One thread at a time uses an instance. */
interface Replies {
    /** Answers with the bytes of {@code parts}, in order. */
    void data(long unique, List<MemorySegment> parts);

    /** Answers with a positive error number. */
    void error(long unique, int errno);
}
