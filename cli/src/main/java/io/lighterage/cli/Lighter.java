package io.lighterage.cli;

import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/** The {@code lighter} command. Exit status: 0 on success, 1 on failure, 2 on wrong usage. */
@Command(
        name = "lighter",
        description = "Carries container images from node to node.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class, SupernodeCommand.class, NodeCommand.class, MountCommand.class, UnmountCommand.class,
            ImageCommand.class, PreheatCommand.class, SetupCommand.class, CertsCommand.class, StatusCommand.class,
            TorrentCommand.class, FetchCommand.class, BenchCommand.class, TrainCommand.class
        })
public final class Lighter implements IVersionProvider {
    /** Exit status of wrong usage. */
    static final int USAGE = 2;

    private static final int FAILURE = 1;

    /** Runs the command and ends the process with its exit status. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs the command and answers its exit status. */
    static int run(String... args) {
        CommandLine line = new CommandLine(new Lighter());
        line.setParameterExceptionHandler((e, given) -> wrongUsage(e.getCommandLine(), e.getMessage()));
        line.setExecutionExceptionHandler((e, command, parsed) -> failure(e, command));
        return line.execute(args);
    }

    /** The version of this build. */
    static String version() {
        return Optional.ofNullable(Lighter.class.getPackage().getImplementationVersion()).orElse("development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {"lighter " + version()};
    }

    private static int wrongUsage(CommandLine command, String why) {
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + firstLine(why) + " (see " + name + " --help)");
        return USAGE;
    }

    private static int failure(Exception e, CommandLine command) throws Exception {
        if (e instanceof ParameterException wrong) {
            return wrongUsage(wrong.getCommandLine(), wrong.getMessage());
        }
        if (e instanceof InvalidSettingException wrong && wrong.isFlag()) {
            return wrongUsage(command, wrong.getMessage());
        }
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": interrupted");
            return FAILURE;
        }
        if (command.getCommand() instanceof Subcommand called && called.options().verbose()) {
            LoggerFactory.getLogger(Lighter.class).error("failed", e);
        }
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + explain(e));
        return FAILURE;
    }

    /** One line that says what failed, with the cause where the message alone says little. */
    static String explain(Throwable e) {
        String message = e.getMessage() == null || e.getMessage().isBlank() ? "" : firstLine(e.getMessage());
        Throwable cause = e.getCause();
        String text = message.isEmpty() ? e.getClass().getSimpleName() : message;
        if (cause != null
                && cause != e
                && cause.getMessage() != null
                && !text.contains(firstLine(cause.getMessage()))) {
            return text + ": " + firstLine(cause.getMessage());
        }
        return text;
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
