package io.lighterage.cli;

import io.lighterage.cli.demo.Training;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lighter train}: what the launcher runs after a build. */
@Command(
        name = "train",
        hidden = true,
        description = "A short mass pull from which the JVM learns; the launcher runs it after a build.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class TrainCommand implements Callable<Integer>, CommonOptions.Holder {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        Logging.quiet(common);
        Training.run();
        return 0;
    }
}
