package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Hosts, a registry and the links between them: where pulls are measured. Closing it ends all that is left of it. */
public interface Scene extends AutoCloseable {
    /** The registry's name in {@link #moved}. */
    String UPSTREAM = "upstream";

    /** The supernode's, or of what stands in its place. */
    String SUPERNODE = "supernode";

    /** The name of a host, counted from 0. */
    static String host(int index) {
        return "host" + (index + 1);
    }

    /** What it is, for the report: {@code namespaces} or {@code one process}. */
    String name();

    /** Puts an image into the registry, as tag {@code 1}; over no link that counts. */
    void publish(PulledImage image, String repository) throws IOException, InterruptedException;

    /**
     * Means of this scene; nothing runs before {@link Means#start}.
     *
     * @param baseline which; empty for lighter
     * @throws LabException if it cannot be had here
     */
    Means means(Optional<Baseline> baseline) throws IOException, InterruptedException;

    /** Bytes that each party has sent and received so far. */
    Map<String, Report.Moved> moved() throws IOException, InterruptedException;

    /** Pulls the cable of a host. */
    void cut(int host) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
