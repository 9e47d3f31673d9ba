package io.lighterage.bench.masspull;

import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One way of bringing an image to all hosts, in a {@link Scene}. Closing it ends its processes and drops its data. */
public interface Means extends AutoCloseable {
    /**
     * Bytes of content sent so far, by sender; -1 where the sender does not count them.
     *
     * @param upstream by the registry
     * @param supernode by the supernode or what stands in its place
     * @param nodes by hosts
     */
    record Content(long upstream, long supernode, long nodes) {
        /** What came after {@code earlier}; counters that began anew count from zero. */
        Content since(Content earlier) {
            return new Content(
                    difference(upstream, earlier.upstream), difference(supernode, earlier.supernode),
                    difference(nodes, earlier.nodes));
        }

        private static long difference(long now, long before) {
            return now < 0 || before < 0 ? -1 : now >= before ? now - before : now;
        }
    }

    /** In words for people. */
    String name();

    /** Starts its processes; when this returns, pulls may begin. */
    void start() throws IOException, InterruptedException;

    /** Whether processes profit from another pull first, off the clock. */
    boolean isWarmed();

    /** Gets ready to bring {@code image}, off the clock, without moving any of it. */
    default void prepare(PulledImage image, String repository) throws IOException, InterruptedException {
        // most means know it when they are asked
    }

    /**
     * What a host does to pull {@code image}.
     *
     * @param directory for what it pulls
     */
    HostTask task(int host, PulledImage image, String repository, Path directory)
            throws IOException, InterruptedException;

    /** What was sent so far. */
    Content content(String repository) throws IOException, InterruptedException;

    /** Fails if a process has died that nobody killed. */
    void requireAlive() throws IOException;

    /** CPU seconds so far and the peak of memory, by process. */
    Map<String, Report.Process> processes();

    /** Bytes of connections that are open now, by rack of sender and receiver; the last row is the supernode's. */
    List<List<Double>> racks() throws IOException, InterruptedException;

    /** Ends a host's process in the middle of what it does. */
    void kill(int host) throws IOException, InterruptedException;

    /** Kills the supernode, drops its data and starts it again. */
    void restartSupernode() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
