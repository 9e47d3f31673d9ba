package io.lighterage.cli.setup;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lighterage.peer.content.Digest;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was changed for one engine, so that it can be taken back: a JSON file beside the engine's own.
 *
 * @param format {@link #FORMAT}
 * @param files the files that were changed
 * @param directories those that were made, the outermost first
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SetupRecord(String format, List<Entry> files, List<String> directories) {
    private static final String FORMAT = "lighterage setup 1";
    private static final JsonMapper MAPPER = new JsonMapper();

    /**
     * The change of one file.
     *
     * @param path where the host has it
     * @param before digest of its text before the first edit; nothing if the file was made
     * @param after digest of its text after the last edit
     * @param edits in the order in which they were made; offsets in UTF-16 units
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(String path, String before, String after, List<Edit> edits) {
        /** Whether {@code text} is what the last edit left. */
        boolean isAfter(String text) {
            return digest(text).equals(after);
        }

        /** Whether {@code text} is what the first edit found. */
        boolean isBefore(Optional<String> text) {
            return Optional.ofNullable(before).equals(text.map(SetupRecord::digest));
        }

        /**
         * The text without the edits, and the edits where they were found; nothing if others changed what the edits
         * changed.
         */
        Optional<Reverted> revert(String text) {
            boolean untouched = isAfter(text);
            List<Edit> found = new ArrayList<>();
            String reverted = text;
            for (Edit edit : edits.reversed()) {
                Optional<Edit> place = untouched ? Optional.of(edit) : edit.foundIn(reverted);
                if (place.isEmpty()) {
                    return Optional.empty();
                }
                found.addFirst(place.get());
                reverted = place.get().revert(reverted);
            }
            if (untouched && before != null && !digest(reverted).equals(before)) {
                return Optional.empty();
            }
            boolean gone = before == null && reverted.isBlank();
            return Optional.of(new Reverted(gone ? Optional.empty() : Optional.of(reverted), found));
        }
    }

    /** See {@link Entry#revert}; the file is removed if there is no text. */
    record Reverted(Optional<String> text, List<Edit> edits) {}

    static SetupRecord empty() {
        return new SetupRecord(FORMAT, List.of(), List.of());
    }

    /** Reads a record; an absent one is empty. */
    static SetupRecord read(HostFiles files, Path path) {
        Optional<String> text = files.read(path);
        if (text.isEmpty()) {
            return empty();
        }
        try {
            SetupRecord record = MAPPER.readValue(text.get(), SetupRecord.class);
            if (record == null || !FORMAT.equals(record.format) || record.files == null || record.directories == null) {
                throw new SetupException(path + ": not a record of the format \"" + FORMAT + "\"");
            }
            return record;
        } catch (JsonProcessingException e) {
            throw Toml.malformed(path, "record of lighter setup", e);
        }
    }

    Optional<Entry> entry(Path path) {
        return files.stream().filter(entry -> entry.path.equals(path.toString())).findFirst();
    }

    /** This record with an entry added, or put in the place of the one of the same file. */
    SetupRecord with(Entry changed) {
        List<Entry> all = new ArrayList<>(files);
        all.removeIf(entry -> entry.path.equals(changed.path));
        all.add(changed);
        return new SetupRecord(format, all, directories);
    }

    SetupRecord withDirectories(List<Path> made) {
        List<String> all = new ArrayList<>(directories);
        made.stream().map(Path::toString).filter(path -> !all.contains(path)).forEach(all::add);
        return new SetupRecord(format, files, all);
    }

    String toJson() {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write the record", e);
        }
    }

    static String digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
