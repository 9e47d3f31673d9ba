package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsFailure;
import io.lighterage.supernode.api.ProcessStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lighter status}. */
@Command(
        name = "status",
        description = "What a node or supernode holds and does.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class StatusCommand implements Callable<Integer>, CommonOptions.Holder {
    /** The node of this host. */
    static final String DEFAULT = "http://127.0.0.1:8102";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    @ArgGroup
    private Target target;

    @Option(names = "--json", description = "Print the answer as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** Whom to ask. */
    private static final class Target {
        @Option(names = "--supernode", paramLabel = "URL", description = "Ask the supernode.")
        private String supernode;

        @Option(names = "--node", paramLabel = "URL", description = "Ask the node. Default: " + DEFAULT + ".")
        private String node;
    }

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        Settings settings = new Settings();
        boolean supernode = target != null && target.supernode != null;
        String key = supernode ? "supernode" : "node";
        settings.flag(key, supernode ? target.supernode : target == null ? DEFAULT : target.node);
        URI base = settings.require(key, Settings::url);
        Optional<TlsContext> opened = tls.open();
        ProcessStatus status;
        try (Closing closing = new Closing()) {
            opened.ifPresent(closing::add);
            status = ask(base, opened);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(status));
        } else {
            StatusTable.print(status, out);
        }
        out.flush();
        return 0;
    }

    private static ProcessStatus ask(URI base, Optional<TlsContext> tls) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + ProcessStatus.PATH))
                .timeout(PATIENCE)
                .build();
        try (HttpClient client = TlsClient.secure(HttpClient.newBuilder(), tls).connectTimeout(PATIENCE).build()) {
            HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IOException(request.uri() + " answers with status " + answer.statusCode());
            }
            return new ObjectMapper().readValue(answer.body(), ProcessStatus.class);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException("nothing answers at " + base, e);
        } catch (SSLException e) {
            throw new IOException(base + " cannot be asked: " + TlsFailure.explain(e), e);
        }
    }
}
