package io.lighterage.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/** Which node a command of its host asks. */
final class NodeOption {
    /** The node of this host. */
    static final String DEFAULT = "http://127.0.0.1:8102";

    @Option(
            names = "--node",
            paramLabel = "URL",
            description = "The node. Default: ${DEFAULT-VALUE}.",
            defaultValue = DEFAULT)
    private String node;

    /** Base URL of its mirror. */
    URI url() {
        return new Settings().flag("node", node).require("node", Settings::url);
    }
}
