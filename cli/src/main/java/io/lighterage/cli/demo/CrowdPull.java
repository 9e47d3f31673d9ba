package io.lighterage.cli.demo;

import io.lighterage.cli.progress.ProgressDisplay;
import io.lighterage.cli.progress.PullProgress;
import io.lighterage.peer.content.ImageReference;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several pulls of one image that begin at once, shown while they run. */
final class CrowdPull {
    private static final Duration DEADLINE = Duration.ofMinutes(15);

    private CrowdPull() {}

    /**
     * Pulls {@code image} from each of {@code bases} and answers in their order.
     *
     * @throws IOException if one of the pulls failed
     */
    static List<PullResult> run(List<URI> bases, String name, ImageReference image, PrintWriter out)
            throws IOException, InterruptedException {
        List<PullProgress> progress = new ArrayList<>();
        List<Callable<PullResult>> work = new ArrayList<>();
        for (int i = 0; i < bases.size(); i++) {
            PullProgress one = new PullProgress(name + "-" + (i + 1));
            progress.add(one);
            work.add(new ImagePull(bases.get(i), image, one, DEADLINE)::run);
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ProgressDisplay display = ProgressDisplay.show(progress, out)) {
            List<PullResult> results = new ArrayList<>();
            for (Future<PullResult> pull : threads.invokeAll(work)) {
                results.add(pull.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException("a pull failed", e.getCause());
        }
    }
}
