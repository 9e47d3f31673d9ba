package io.lighterage.cli;

import io.lighterage.cli.demo.Demo;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidReferenceException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lighter demo}. */
@Command(
        name = "demo",
        description = {
            "Starts a supernode and several nodes on this machine and pulls an image through all of them at once.",
            "Without IMAGE it builds one from files of this machine, serves it from a registry of limited bandwidth,"
                    + " and compares with pulling everything from there. Needs no root and leaves nothing behind."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class DemoCommand implements Callable<Integer>, CommonOptions.Holder {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "8",
            description = "Number of nodes, 1 to " + Demo.MOST_NODES + ". Default: ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(
            names = "--upstream",
            paramLabel = "NAME=URL",
            description = "Where IMAGE's registry NAME is, such as localhost:5000=http://localhost:5000. "
                    + "Default: https://NAME.")
    private List<String> upstream;

    @Parameters(arity = "0..1", paramLabel = "IMAGE", description = "An image to pull instead, such as debian:12.")
    private String image;

    @Spec
    private CommandSpec spec;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        if (nodes < 1 || nodes > Demo.MOST_NODES) {
            throw new ParameterException(
                    spec.commandLine(), "--nodes: " + nodes + " is not from 1 to " + Demo.MOST_NODES);
        }
        Logging.apply(common);
        Logging.quiet(common);
        Map<String, URI> upstreams = new Settings().flags("upstream", upstream).map("upstream", Settings::url);
        new Demo(nodes, spec.commandLine().getOut()).run(reference(), upstreams);
        return 0;
    }

    private Optional<ImageReference> reference() {
        try {
            return Optional.ofNullable(image).map(ImageReference::parse);
        } catch (InvalidReferenceException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
