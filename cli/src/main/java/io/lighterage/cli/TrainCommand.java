package io.lighterage.cli;

import io.lighterage.cli.demo.Training;
import picocli.CommandLine.Command;

/** {@code lighter train}: what the launcher runs after a build. */
@Command(
        name = "train",
        hidden = true,
        description = "A short mass pull from which the JVM learns; the launcher runs it after a build.")
final class TrainCommand extends Subcommand {
    @Override
    void run() throws Exception {
        Logging.quiet(options());
        Training.run();
    }
}
