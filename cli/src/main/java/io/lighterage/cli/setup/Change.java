package io.lighterage.cli.setup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What happens to one file.
 *
 * @param path where the host has it, without the directory that stands for its root
 * @param before its text now; nothing if it is not there
 * @param after its text then; nothing if it is removed
 */
public record Change(Path path, Optional<String> before, Optional<String> after) {
    private static final int CONTEXT = 3;
    private static final String NO_NEWLINE = "\\ No newline at end of file\n";

    /** Whether anything happens at all. */
    boolean isReal() {
        return !before.equals(after);
    }

    /** The change in the unified format of diff(1), as one hunk. */
    public String diff() {
        List<String> from = lines(before);
        List<String> to = lines(after);
        int head = 0;
        while (head < from.size() && head < to.size() && from.get(head).equals(to.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < from.size() - head && tail < to.size() - head
                && from.get(from.size() - 1 - tail).equals(to.get(to.size() - 1 - tail))) {
            tail++;
        }
        int start = Math.max(0, head - CONTEXT);
        int fromEnd = Math.min(from.size(), from.size() - tail + CONTEXT);
        int toEnd = Math.min(to.size(), to.size() - tail + CONTEXT);
        StringBuilder diff = new StringBuilder();
        diff.append("--- ").append(before.isPresent() ? path : "/dev/null").append('\n');
        diff.append("+++ ").append(after.isPresent() ? path : "/dev/null").append('\n');
        diff.append("@@ -").append(span(start, fromEnd)).append(" +").append(span(start, toEnd)).append(" @@\n");
        append(diff, ' ', from.subList(start, head));
        append(diff, '-', from.subList(head, from.size() - tail));
        append(diff, '+', to.subList(head, to.size() - tail));
        append(diff, ' ', from.subList(from.size() - tail, fromEnd));
        return diff.toString();
    }

    private static String span(int start, int end) {
        int count = end - start;
        return (count == 0 ? start : start + 1) + (count == 1 ? "" : "," + count);
    }

    private static void append(StringBuilder diff, char sign, List<String> lines) {
        for (String line : lines) {
            diff.append(sign).append(line);
            if (!line.endsWith("\n")) {
                diff.append('\n').append(NO_NEWLINE);
            }
        }
    }

    /** Lines with their ends. */
    private static List<String> lines(Optional<String> text) {
        return text.filter(given -> !given.isEmpty()).map(given -> List.of(given.split("(?<=\n)"))).orElse(List.of());
    }
}
