package io.lighterage.bench.report;

import java.util.List;
import java.util.Locale;

/** Plots as inline SVG whose colours come from the page's style, so that they follow light, dark and print. */
final class Svg {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 54;
    private static final int RIGHT = 20;
    private static final int TOP = 16;
    private static final int BOTTOM = 42;
    private static final int MOST_POINTS = 600;

    /** A curve of sorted instants: how many are past. */
    record Curve(String name, double[] sortedSeconds, String style) {}

    /** A vertical line. */
    record Mark(String name, double seconds) {}

    private Svg() {}

    /** The part of {@code all} that is done by each instant. */
    static String completion(List<Curve> curves, int all, List<Mark> marks, String what) {
        double last = 0.001;
        for (Curve curve : curves) {
            last = curve.sortedSeconds.length == 0 ? last
                    : Math.max(last, curve.sortedSeconds[curve.sortedSeconds.length - 1]);
        }
        for (Mark mark : marks) {
            last = Math.max(last, mark.seconds);
        }
        double step = step(last);
        double end = Math.ceil(last * 1.02 / step) * step;
        StringBuilder svg = new StringBuilder(open(what));
        axes(svg, end, step);
        for (Mark mark : marks) {
            double x = x(mark.seconds, end);
            text(svg, "<line class='mark' x1='%.1f' y1='%d' x2='%.1f' y2='%d'/>", x, TOP, x, HEIGHT - BOTTOM);
            boolean near = x < LEFT + 8 * mark.name.length();
            text(svg, "<text class='label' x='%.1f' y='%d' text-anchor='%s'>%s</text>", near ? x + 5 : x - 5, TOP + 12,
                    near ? "start" : "end", Html.escape(mark.name));
        }
        for (Curve curve : curves) {
            curve(svg, curve, all, end);
        }
        return svg.append("</svg>").toString();
    }

    private static void curve(StringBuilder svg, Curve curve, int all, double end) {
        double[] seconds = curve.sortedSeconds;
        if (seconds.length == 0) {
            return;
        }
        StringBuilder points = new StringBuilder();
        text(points, "M%.1f %.1f", x(0, end), y(0));
        int stride = Math.max(1, seconds.length / MOST_POINTS);
        for (int i = 0; i < seconds.length; i += stride) {
            text(points, "H%.1fV%.1f", x(seconds[i], end), y((i + 1) / (double) all));
        }
        text(points, "H%.1fV%.1f", x(seconds[seconds.length - 1], end), y(seconds.length / (double) all));
        text(svg, "<path class='curve %s' d='%s'><title>%s</title></path>", curve.style, points,
                Html.escape(curve.name));
    }

    /** {@code plot} with a legend as a file of its own. */
    static String alone(String plot, List<Curve> curves, String title) {
        StringBuilder legend = new StringBuilder();
        int x = LEFT;
        for (Curve curve : curves) {
            text(legend, "<line class='curve %s' x1='%d' y1='%d' x2='%d' y2='%d'/><text class='tick' x='%d' "
                    + "y='%d'>%s</text>", curve.style,
                    x, HEIGHT + 14, x + 18, HEIGHT + 14, x + 24, HEIGHT + 18, Html.escape(curve.name));
            x += 40 + 7 * curve.name.length();
        }
        String opened = plot.substring(plot.indexOf('>') + 1, plot.lastIndexOf("</svg>"));
        return String.format(Locale.ROOT,
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' role='img' aria-label='%s'>", WIDTH,
                        HEIGHT + 30, Html.escape(title))
                + "<style>" + Html.style() + "</style>" + opened + legend + "</svg>\n";
    }

    private static void axes(StringBuilder svg, double end, double step) {
        for (int percent = 0; percent <= 100; percent += 25) {
            double y = y(percent / 100.0);
            text(svg, "<line class='grid' x1='%d' y1='%.1f' x2='%d' y2='%.1f'/>", LEFT, y, WIDTH - RIGHT, y);
            text(svg, "<text class='tick' x='%d' y='%.1f' text-anchor='end'>%d %%</text>", LEFT - 8, y + 4, percent);
        }
        seconds(svg, end, step);
    }

    private static void seconds(StringBuilder svg, double end, double step) {
        for (double s = 0; s <= end + step / 2; s += step) {
            text(svg, "<text class='tick' x='%.1f' y='%d' text-anchor='middle'>%s</text>", x(s, end), HEIGHT - BOTTOM
                    + 18,
                    step < 1 ? String.format(Locale.ROOT, "%.2f", s) : String.format(Locale.ROOT, "%.0f", s));
        }
        text(svg, "<text class='tick' x='%d' y='%d' text-anchor='end'>seconds since the command</text>", WIDTH - RIGHT,
                HEIGHT - 6);
    }

    /** A curve of values over time, and its style. */
    record Line(String name, double[] seconds, double[] values, String style) {}

    /** Values over time, all in {@code unit}, from zero. */
    static String lines(List<Line> lines, String unit, String what) {
        double last = 0.001;
        double most = 0.001;
        for (Line line : lines) {
            for (int i = 0; i < line.seconds.length; i++) {
                last = Math.max(last, line.seconds[i]);
                most = Math.max(most, line.values[i]);
            }
        }
        double step = step(last);
        double end = Math.ceil(last / step) * step;
        double rise = step(most * 2);
        double top = Math.ceil(most / rise) * rise;
        StringBuilder svg = new StringBuilder(open(what));
        for (double value = 0; value <= top + rise / 2; value += rise) {
            double y = y(value / top);
            text(svg, "<line class='grid' x1='%d' y1='%.1f' x2='%d' y2='%.1f'/>", LEFT, y, WIDTH - RIGHT, y);
            text(svg, "<text class='tick' x='%d' y='%.1f' text-anchor='end'>%.4g</text>", LEFT - 8, y + 4, value);
        }
        seconds(svg, end, step);
        text(svg, "<text class='tick' x='%d' y='%d'>%s</text>", LEFT + 4, TOP - 4, Html.escape(unit));
        for (Line line : lines) {
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < line.seconds.length; i++) {
                text(points, "%s%.1f %.1f", i == 0 ? "M" : "L", x(line.seconds[i], end), y(line.values[i] / top));
            }
            if (line.seconds.length > 0) {
                text(svg, "<path class='curve %s' d='%s'><title>%s</title></path>", line.style, points,
                        Html.escape(line.name));
            }
        }
        return svg.append("</svg>").toString();
    }

    /** A matrix as a map of shades: the darker, the more. */
    static String heat(List<String> names, List<List<Double>> bytes, double image) {
        int count = names.size();
        double cell = Math.min(28, 620.0 / count);
        double size = cell * count;
        double most = bytes.stream().flatMap(List::stream).mapToDouble(b -> b).max().orElse(1);
        StringBuilder svg = new StringBuilder();
        text(svg, "<svg viewBox='0 0 %.0f %.0f' style='max-width:%.0fpx' role='img' aria-label='content between "
                + "racks'>",
                size + 90, size + 40, size + 90);
        for (int from = 0; from < count; from++) {
            if (cell >= 10 || from == count - 1) {
                text(svg, "<text class='tick' x='80' y='%.1f' text-anchor='end'>%s</text>", from * cell + cell * 0.7,
                        Html.escape(names.get(from)));
            }
            for (int to = 0; to < count; to++) {
                double value = bytes.get(from).get(to);
                double shade = value <= 0 ? 0 : 0.08 + 0.92 * Math.sqrt(value / most);
                text(svg, "<rect class='cell' x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill-opacity='%.3f'>"
                        + "<title>%s to %s: %.2f x the image</title></rect>",
                        86 + to * cell, from * cell, cell - 1, cell - 1, shade, Html.escape(names.get(from)),
                                Html.escape(names.get(to)),
                        value / image);
            }
        }
        text(svg, "<text class='tick' x='86' y='%.1f'>to, in the same order</text>", size + 18);
        return svg.append("</svg>").toString();
    }

    private static String open(String what) {
        return String.format(Locale.ROOT, "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>", WIDTH, HEIGHT,
                Html.escape(what));
    }

    private static void text(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }

    private static double x(double seconds, double end) {
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / end;
    }

    private static double y(double part) {
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part;
    }

    /** A round step, so that about eight cover {@code last}. */
    private static double step(double last) {
        double raw = last / 8;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double digit = raw / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }
}
