package io.lighterage.cli;

import picocli.CommandLine.Option;

/** The options that every subcommand has. */
final class CommonOptions {
    /** How log lines look. */
    enum LogFormat {
        human,
        json
    }

    @Option(names = "--verbose", description = "Log more, and show stack traces of failures.")
    private boolean verbose;

    @Option(
            names = "--log",
            paramLabel = "FORMAT",
            description = "Log lines on standard error: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
            defaultValue = "human")
    private LogFormat format = LogFormat.human;

    boolean verbose() {
        return verbose;
    }

    LogFormat format() {
        return format;
    }
}
