package io.lighterage.cli;

import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidReferenceException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every subcommand of {@code lighter} has. */
@Command(mixinStandardHelpOptions = true, versionProvider = Lighter.class)
abstract class Subcommand implements Callable<Integer> {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Spec
    private CommandSpec spec;

    /** Does what the command is for; what it throws is a failure. */
    abstract void run() throws Exception;

    @Override
    public final Integer call() throws Exception {
        Logging.apply(common);
        run();
        out().flush();
        return 0;
    }

    /** The options as given. */
    final CommonOptions options() {
        return common;
    }

    /** Standard output; flushed at the end. */
    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Standard error. */
    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** The whole command, as it was called. */
    final String commandLine() {
        return "lighter " + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }

    /** An error in how the command was called. */
    final ParameterException wrongUsage(String why) {
        return new ParameterException(spec.commandLine(), why);
    }

    /** Reads the name of an image. */
    final ImageReference reference(String image) {
        try {
            return ImageReference.parse(image);
        } catch (InvalidReferenceException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
