package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.lighterage.supernode.api.ProcessStatus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter status}. */
@Command(
        name = "status",
        description = "What a node or supernode holds and does.")
final class StatusCommand extends Subcommand {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @ArgGroup
    private Target target;

    @Option(names = "--json", description = "Print the answer as JSON.")
    private boolean json;

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    /** Whom to ask. */
    private static final class Target {
        @Option(names = "--supernode", paramLabel = "URL", description = "Ask the supernode.")
        private String supernode;

        @Option(names = "--node", paramLabel = "URL",
                description = "Ask the node. Default: " + NodeOption.DEFAULT + ".")
        private String node;
    }

    @Override
    void run() throws Exception {
        Settings settings = new Settings();
        boolean supernode = target != null && target.supernode != null;
        String key = supernode ? "supernode" : "node";
        settings.flag(key, supernode ? target.supernode : target == null ? NodeOption.DEFAULT : target.node);
        ProcessStatus status = ask(settings.require(key, Settings::url));
        if (json) {
            out().println(new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(status));
        } else {
            StatusTable.print(status, out());
        }
    }

    private ProcessStatus ask(URI base) throws IOException, InterruptedException {
        try (Caller caller = new Caller(base, "nothing", tls.config())) {
            HttpRequest request = caller.request(ProcessStatus.PATH).timeout(PATIENCE).build();
            HttpResponse<byte[]> answer = caller.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IOException(request.uri() + " answers with status " + answer.statusCode());
            }
            return new ObjectMapper().readValue(answer.body(), ProcessStatus.class);
        }
    }
}
