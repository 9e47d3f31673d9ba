package io.lighterage.cli.setup;

import java.nio.file.Path;
import java.util.List;

/** Knows the files by which an engine is told of mirrors. */
interface EngineFiles {
    /** Where the engine's files are. */
    Path directory();

    /** Where the record of what was changed is kept, beside the engine's files. */
    default Path record() {
        return directory().resolve("lighterage-setup.json");
    }

    /**
     * Edits the files so that the engine asks the mirror for the images of a registry first. Edits nothing if it does
     * already.
     *
     * @param registry its name as image references have it
     * @throws SetupException if a file is malformed, or says something that a mirror cannot be added to
     */
    void add(Draft draft, String registry, MirrorPlace mirror);

    /**
     * Edits the files so that the engine's images are opened lazily by a node. Edits nothing if they are already.
     *
     * @param socket the node's snapshotter
     * @throws SetupException if the engine has no such thing, or a file is malformed or says otherwise
     */
    default void addLazy(Draft draft, Path socket) {
        throw new SetupException(directory() + ": this engine has no snapshotters; containerd has");
    }

    /** What the user does so that the engine takes notice that these files have changed. */
    String activation(List<Path> changed);

    /**
     * Does nothing if {@code text} is well-formed, or is that of a certificate, which no engine reads as its own.
     *
     * @throws SetupException naming {@code path} and the place of the first mistake
     */
    default void check(Path path, String text) {
        if (!MirrorPlace.isCertificate(path)) {
            checkConfiguration(path, text);
        }
    }

    /** The same for a file of the engine's configuration. */
    void checkConfiguration(Path path, String text);
}
