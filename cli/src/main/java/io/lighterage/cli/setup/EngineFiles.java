package io.lighterage.cli.setup;

import java.nio.file.Path;
import java.util.List;

/** Knows the files by which an engine is told of mirrors. */
interface EngineFiles {
    /** Where the record of what was changed is kept, beside the engine's files. */
    Path record();

    /**
     * Edits the files so that the engine asks the mirror for the images of a registry first. Edits nothing if it does
     * already.
     *
     * @param registry its name as image references have it
     * @throws SetupException if a file is malformed, or says something that a mirror cannot be added to
     */
    void add(Draft draft, String registry, MirrorPlace mirror);

    /** What the user does so that the engine takes notice that these files have changed. */
    String activation(List<Path> changed);

    /**
     * Does nothing if {@code text} is well-formed.
     *
     * @throws SetupException naming {@code path} and the place of the first mistake
     */
    void check(Path path, String text);
}
