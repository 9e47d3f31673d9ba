package io.lighterage.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

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
        Path file = Files.isDirectory(path) ? path.resolve("report.json") : path;
        try {
            Report report = JSON.readValue(Files.readAllBytes(file), Report.class);
            if (!Report.FORMAT.equals(report.format())) {
                throw new IOException(file + ": is not a " + Report.FORMAT);
            }
            return report;
        } catch (NoSuchFileException e) {
            throw new IOException("there is no report at " + file, e);
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": is not a report: " + e.getOriginalMessage(), e);
        } catch (NullPointerException e) {
            throw new IOException(file + ": is not a report: a field is missing", e);
        }
    }
}
