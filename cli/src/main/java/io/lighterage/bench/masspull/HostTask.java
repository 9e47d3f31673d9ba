package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.Place;
import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.util.List;

/** What one host does in a measured pull. */
public interface HostTask {
    /**
     * Pulls; blocks until all is there.
     *
     * @param startNs the instant by {@link System#nanoTime} from which everybody's seconds count
     * @param fetches receives what was read, as it ends, even if the whole fails
     * @throws IOException if it fails or is aborted; says why
     */
    void pull(long startNs, List<Report.Fetch> fetches) throws IOException, InterruptedException;

    /** Ends a pull that runs, from another thread. */
    void abort();

    /** Where its thread runs. */
    Place place();

    /**
     * Checks that what was pulled is the image, off the clock, and drops it.
     *
     * @throws IOException if it is not
     */
    void verify() throws IOException;
}
