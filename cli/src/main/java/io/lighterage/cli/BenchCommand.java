package io.lighterage.cli;

import picocli.CommandLine.Command;

/** {@code lighter bench}. */
@Command(
        name = "bench",
        description = "Benchmarks; each writes DIR/report.json and DIR/report.html.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            MassPullCommand.class,
            ColdStartCommand.class,
            SimulateCommand.class,
            ValidateCommand.class,
            CompareCommand.class
        })
final class BenchCommand {}
