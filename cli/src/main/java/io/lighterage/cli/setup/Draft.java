package io.lighterage.cli.setup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A host's files with edits that are not written yet. Owned by one thread. */
final class Draft {
    private final HostFiles files;
    private final Map<Path, EditedFile> edited = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    /**
     * A file with edits.
     *
     * @param before its text on the host; nothing if it is not there
     * @param edits in the order in which they were made
     */
    record EditedFile(Optional<String> before, String after, List<Edit> edits) {}

    Draft(HostFiles files) {
        this.files = files;
    }

    /** The text of a file, with the edits so far; nothing if it is not there. */
    Optional<String> read(Path path) {
        EditedFile file = edited.get(path);
        return file == null ? files.read(path) : Optional.of(file.after);
    }

    /** Names in a directory of the host, in order; none if it is not there. */
    List<Path> list(Path directory) {
        return files.list(directory);
    }

    /** Whether the host has this directory. */
    boolean isDirectory(Path path) {
        return files.isDirectory(path);
    }

    /** Makes an edit; the file is made by it if it is not there. */
    void edit(Path path, Edit edit) {
        EditedFile file = edited.get(path);
        Optional<String> before = file == null ? files.read(path) : file.before;
        List<Edit> edits = new ArrayList<>(file == null ? List.of() : file.edits);
        edits.add(edit);
        edited.put(path, new EditedFile(before, edit.apply(read(path).orElse("")), List.copyOf(edits)));
    }

    /** Replaces all of a file. */
    void replace(Path path, String text) {
        edit(path, new Edit(0, read(path).orElse(""), text));
    }

    /** Says something to the user that is not an error. */
    void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    Map<Path, EditedFile> edited() {
        return edited;
    }

    List<String> notes() {
        return List.copyOf(notes);
    }
}
