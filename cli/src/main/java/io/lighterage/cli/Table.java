package io.lighterage.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows of text in aligned columns, two spaces apart. */
public final class Table {
    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /**
     * A table without rows.
     *
     * @param right whether each column is set to the right, as numbers are
     */
    public Table(boolean... right) {
        this.right = right.clone();
    }

    /** Adds a row, one cell for each column. */
    public Table row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException("a row has " + right.length + " cells, not " + cells.length);
        }
        rows.add(cells.clone());
        return this;
    }

    /** Prints all rows, without spaces at the ends of lines. */
    public void print(PrintWriter out) {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : GAP).append(right[i] ? pad + row[i] : row[i] + pad);
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }
}
