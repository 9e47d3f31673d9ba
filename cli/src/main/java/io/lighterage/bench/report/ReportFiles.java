package io.lighterage.bench.report;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Function;

/** Reports in a directory: {@code report.json} and {@code report.html}. */
public final class ReportFiles {
    private static final ObjectMapper JSON = new ObjectMapper()
            .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private ReportFiles() {}

    /**
     * Writes the files, each whole or not at all; {@code report.svg} is the plot of hosts that are done, where there is
     * one.
     *
     * @throws IOException if the directory cannot be made or written
     */
    public static void write(Report report, Path directory) throws IOException {
        Files.createDirectories(directory);
        replace(directory.resolve("report.json"), JSON.writeValueAsBytes(report));
        replace(directory.resolve("report.html"), HtmlReport.of(report)
                .getBytes(StandardCharsets.UTF_8));
        if (!report.processes().isEmpty()) {
            replace(directory.resolve("report.svg"), HtmlReport.plot(report)
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * The same for cold starts.
     *
     * @throws IOException if the directory cannot be made or written
     */
    public static void write(StartReport report, Path directory) throws IOException {
        Files.createDirectories(directory);
        replace(directory.resolve("report.json"), JSON.writeValueAsBytes(report));
        replace(directory.resolve("report.html"), StartPage.of(report).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes the page of two reports.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(Report before, Report after, Path file) throws IOException {
        replace(file, HtmlReport.of(before, after).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The same for cold starts.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(StartReport before, StartReport after, Path file) throws IOException {
        replace(file, StartPage.of(before, after).getBytes(StandardCharsets.UTF_8));
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.write(whole, content);
        Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Reads a report.
     *
     * @param path a {@code report.json}, or the directory with one
     * @throws IOException if it is not there or not a report
     */
    public static Report read(Path path) throws IOException {
        return read(path, Report.class, Report.FORMAT, Report::format);
    }

    /**
     * The same of cold starts.
     *
     * @throws IOException if it is not there or not such a report
     */
    public static StartReport readStarts(Path path) throws IOException {
        return read(path, StartReport.class, StartReport.FORMAT, StartReport::format);
    }

    /**
     * Whether a report is one of cold starts.
     *
     * @throws IOException if it is not there or not JSON
     */
    public static boolean isOfStarts(Path path) throws IOException {
        Path file = file(path);
        return reading(file, () -> {
            try (JsonParser parser = JSON.createParser(Files.readAllBytes(file))) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    return false;
                }
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    parser.nextToken();
                    if (name.equals("format")) {
                        return StartReport.FORMAT.equals(parser.getText());
                    }
                    parser.skipChildren();
                }
                return false;
            }
        });
    }

    private static <T> T read(Path path, Class<T> type, String format, Function<T, String> formatOf)
            throws IOException {
        Path file = file(path);
        return reading(file, () -> {
            T report = JSON.readValue(Files.readAllBytes(file), type);
            if (!format.equals(formatOf.apply(report))) {
                throw new IOException(file + ": is not a " + format);
            }
            return report;
        });
    }

    private static Path file(Path path) {
        return Files.isDirectory(path) ? path.resolve("report.json") : path;
    }

    /** Something that reads a report. */
    private interface Reading<T> {
        T read() throws IOException;
    }

    private static <T> T reading(Path file, Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } catch (NoSuchFileException e) {
            throw new IOException("there is no report at " + file, e);
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": is not a report: " + e.getOriginalMessage(), e);
        } catch (NullPointerException e) {
            throw new IOException(file + ": is not a report: a field is missing", e);
        }
    }
}
