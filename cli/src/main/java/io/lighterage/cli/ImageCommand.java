package io.lighterage.cli;

import picocli.CommandLine.Command;

/** {@code lighter image}: what can be done with images offline. */
@Command(
        name = "image",
        description = "Works on images offline.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ImageBuildCommand.class)
final class ImageCommand {}
