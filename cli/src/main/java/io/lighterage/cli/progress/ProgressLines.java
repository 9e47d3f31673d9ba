package io.lighterage.cli.progress;

import io.lighterage.cli.Amounts;
import java.io.PrintWriter;
import java.util.List;

/** A line for each quarter of each pull, for logs and terminals that cannot draw. */
final class ProgressLines implements ProgressDisplay.View {
    private static final int STEP = 25;

    private final List<PullProgress> pulls;
    private final PrintWriter out;
    private final int[] shown;

    ProgressLines(List<PullProgress> pulls, PrintWriter out) {
        this.pulls = List.copyOf(pulls);
        this.out = out;
        this.shown = new int[pulls.size()];
    }

    @Override
    public void update(long nowNs) {
        for (int i = 0; i < shown.length; i++) {
            PullProgress pull = pulls.get(i);
            int percent = pull.percent() / STEP * STEP;
            if (percent > shown[i]) {
                shown[i] = percent;
                out.printf("%-8s %3d %%  %s%n", pull.name(), percent, Amounts.bytes(pull.received()));
            }
        }
        out.flush();
    }
}
