package io.lighterage.cli.setup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Points an engine of a host at a mirror, or takes that back.
 *
 * <p>Existing text stays as it is but for the pieces that are put in. A record beside the files says which pieces; by
 * it {@link #undo} gives every file back byte for byte. A file that others changed since loses our pieces only, if they
 * are still there as they were; else nothing is done and the error says why.
 */
public final class Setup {
    private final HostFiles host;
    private final EngineFiles engine;

    /**
     * Changes that are not made yet.
     *
     * @param changes a file each, without the record
     * @param notes what the user should know
     * @param record what happens to the record, see {@link SetupRecord}
     * @param emptied directories to remove afterwards if they are empty, the outermost first
     */
    public record Plan(List<Change> changes, List<String> notes, Change record, List<Path> emptied) {}

    /**
     * Prepares to change files.
     *
     * @param root the directory that is the host's {@code /}
     */
    public Setup(Engine engine, Path root) {
        this.host = new HostFiles(root);
        this.engine = engine.files();
    }

    /** What the user does so that the engine takes notice of a plan's changes. */
    public String activation(Plan plan) {
        return engine.activation(plan.changes.stream().map(Change::path).toList());
    }

    /**
     * Plans that the engine asks {@code mirror} first for the images of {@code registries}, and that its images are
     * opened lazily. Without changes if it does already.
     *
     * @param snapshotter the socket of the node's snapshotter; nothing to leave that as it is
     * @throws SetupException if a file is malformed or cannot be extended, which it names, or if the engine has no
     *     snapshotters and one is given
     */
    public Plan plan(Set<String> registries, MirrorPlace mirror, Optional<Path> snapshotter) {
        Draft draft = new Draft(host);
        registries.forEach(registry -> engine.add(draft, registry, mirror));
        snapshotter.ifPresent(socket -> engine.addLazy(draft, socket));
        SetupRecord record = SetupRecord.read(host, engine.record());
        List<Change> changes = new ArrayList<>();
        for (Map.Entry<Path, Draft.EditedFile> edited : draft.edited().entrySet()) {
            Path path = edited.getKey();
            Draft.EditedFile file = edited.getValue();
            engine.check(path, file.after());
            changes.add(new Change(path, file.before(), Optional.of(file.after())));
            record = record.with(entry(path, file, record.entry(path))).withDirectories(host.missingParents(path));
        }
        return new Plan(changes, draft.notes(), record(Optional.of(record)), List.of());
    }

    /**
     * Plans that the files become what they were before all that the record names. Without changes if there is no
     * record.
     *
     * @throws SetupException if a file was changed since so that our pieces cannot be told from others
     */
    public Plan undo() {
        SetupRecord record = SetupRecord.read(host, engine.record());
        List<Change> changes = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (SetupRecord.Entry entry : record.files()) {
            Path path = Path.of(entry.path());
            Optional<String> now = host.read(path);
            if (now.isEmpty()) {
                notes.add(path + ": was removed by somebody else");
            } else if (!entry.isBefore(now)) {
                Change change = new Change(path, now, revert(entry, path, now.get()).text());
                change.after().ifPresent(text -> check(path, text));
                changes.add(change);
            }
        }
        return new Plan(changes, notes, record(Optional.empty()), record.directories().stream().map(Path::of).toList());
    }

    /**
     * Makes the changes of a plan of this setup.
     *
     * @throws SetupException if a file may not be written; then none was
     * @throws IOException if writing failed; what was written before is taken back
     */
    public void apply(Plan plan) throws IOException {
        // The engine's files first: an error names one that the user knows.
        Stream.concat(plan.changes.stream(), Stream.of(plan.record))
                .filter(Change::isReal)
                .forEach(change -> host.requireWritable(change.path()));
        List<Change> all = new ArrayList<>(plan.changes);
        // The record comes first and goes last: whatever happens between, it says what was done.
        if (plan.record.after().isPresent()) {
            all.addFirst(plan.record);
        } else {
            all.addLast(plan.record);
        }
        all.removeIf(change -> !change.isReal());
        host.apply(all);
        host.removeEmpty(plan.emptied);
    }

    private SetupRecord.Entry entry(Path path, Draft.EditedFile file, Optional<SetupRecord.Entry> known) {
        Optional<String> before = file.before();
        List<Edit> edits = new ArrayList<>();
        if (known.isPresent() && before.isPresent() && !known.get().isBefore(before)) {
            SetupRecord.Reverted reverted = revert(known.get(), path, before.get());
            before = reverted.text();
            edits.addAll(reverted.edits());
        }
        edits.addAll(file.edits());
        return new SetupRecord.Entry(
                path.toString(), before.map(SetupRecord::digest).orElse(null), SetupRecord.digest(file.after()), edits);
    }

    private SetupRecord.Reverted revert(SetupRecord.Entry entry, Path path, String text) {
        return entry.revert(text).orElseThrow(() -> new SetupException(
                path + ": was changed since lighter setup wrote it, and what it wrote is not there as it was;"
                        + " take the mirror out by hand, then delete " + engine.record()));
    }

    private void check(Path path, String text) {
        try {
            engine.check(path, text);
        } catch (SetupException e) {
            throw new SetupException(
                    path + ": was changed since lighter setup wrote it, and would not be well-formed without what it"
                            + " wrote; take the mirror out by hand, then delete " + engine.record(),
                    e);
        }
    }

    private Change record(Optional<SetupRecord> record) {
        Optional<String> after = record.filter(some -> !some.files().isEmpty()).map(SetupRecord::toJson);
        return new Change(engine.record(), host.read(engine.record()), after);
    }
}
