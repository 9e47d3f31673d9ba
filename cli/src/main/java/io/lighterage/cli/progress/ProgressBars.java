package io.lighterage.cli.progress;

import io.lighterage.cli.Amounts;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A bar for each pull, drawn over and over in place with ANSI control sequences (ECMA-48: CUU, EL). */
final class ProgressBars implements ProgressDisplay.View {
    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final int NARROWEST_BAR = 10;
    private static final int WIDEST_BAR = 40;
    private static final int DEFAULT_WIDTH = 80;

    private final List<PullProgress> pulls;
    private final PrintWriter out;
    private final Supplier<Optional<Terminal>> terminal;
    private final long startNs;
    private final long[] endNs;
    private boolean drawn;

    ProgressBars(List<PullProgress> pulls, PrintWriter out, Supplier<Optional<Terminal>> terminal, long startNs) {
        this.pulls = List.copyOf(pulls);
        this.out = out;
        this.terminal = terminal;
        this.startNs = startNs;
        this.endNs = new long[pulls.size()];
    }

    @Override
    public void update(long nowNs) {
        int width = terminal.get().map(Terminal::columns).orElse(DEFAULT_WIDTH);
        StringBuilder frame = new StringBuilder();
        if (drawn) {
            frame.append(String.format(UP, pulls.size()));
        }
        for (int i = 0; i < pulls.size(); i++) {
            if (pulls.get(i).isDone() && endNs[i] == 0) {
                endNs[i] = nowNs;
            }
            long elapsedNs = (endNs[i] == 0 ? nowNs : endNs[i]) - startNs;
            frame.append(line(pulls.get(i), elapsedNs, width)).append(CLEAR_LINE).append('\n');
        }
        drawn = true;
        out.print(frame);
        out.flush();
    }

    /** One pull in less than {@code width} characters, so that no line wraps. */
    static String line(PullProgress pull, long elapsedNs, int width) {
        long rate = elapsedNs <= 0 ? 0 : (long) (pull.received() * 1e9 / elapsedNs);
        String head = String.format("%-8s ", pull.name());
        String tail = String.format(" %3d %%", pull.percent());
        String more = String.format("  %8s  %8s/s", Amounts.bytes(pull.received()), Amounts.bytes(rate));
        int room = width - 1 - head.length() - tail.length() - 2;
        boolean roomForMore = room - more.length() >= NARROWEST_BAR;
        int bar = Math.min(WIDEST_BAR, roomForMore ? room - more.length() : room);
        if (bar < NARROWEST_BAR) {
            String line = head.strip() + tail;
            return line.substring(0, Math.clamp(width - 1, 0, line.length()));
        }
        int full = bar * pull.percent() / 100;
        return head + "[" + "#".repeat(full) + "-".repeat(bar - full) + "]" + tail + (roomForMore ? more : "");
    }
}
