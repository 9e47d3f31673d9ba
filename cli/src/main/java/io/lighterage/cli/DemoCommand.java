package io.lighterage.cli;

import io.lighterage.cli.demo.Demo;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter demo}. */
@Command(
        name = "demo",
        description = {
            "Starts a supernode and several nodes on this machine and pulls an image through all of them at once.",
            "Without IMAGE it builds one from files of this machine, serves it from a registry of limited bandwidth,"
                    + " and compares with pulling everything from there. Needs no root and leaves nothing behind."
        })
final class DemoCommand extends Subcommand {
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

    @Override
    void run() throws Exception {
        if (nodes < 1 || nodes > Demo.MOST_NODES) {
            throw wrongUsage("--nodes: " + nodes + " is not from 1 to " + Demo.MOST_NODES);
        }
        Logging.quiet(options());
        Map<String, List<URI>> upstreams = new Settings().flags("upstream", upstream).map("upstream", Settings::urls);
        new Demo(nodes, out()).run(Optional.ofNullable(image).map(this::reference), upstreams);
    }
}
