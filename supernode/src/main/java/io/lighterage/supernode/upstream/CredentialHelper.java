package io.lighterage.supernode.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a {@code docker-credential-*} program, as Docker's credential helper protocol has it. */
final class CredentialHelper {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialHelper.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final long TIMEOUT_SECONDS = 20;
    private static final int LONGEST_ANSWER = 1 << 20;

    private CredentialHelper() {}

    /**
     * What {@code docker-credential-<name> get} answers for {@code server}; empty if it has nothing.
     *
     * @throws UpstreamException if there is no such program or its answer makes no sense
     */
    static Optional<Credentials> get(String name, String server) throws IOException, InterruptedException {
        if (!NAME.matcher(name).matches()) {
            throw new UpstreamException("not the name of a credential helper: " + Quoted.of(name));
        }
        return ask("docker-credential-" + name, server);
    }

    /** What {@code program get} answers, a name on the search path or a path. */
    static Optional<Credentials> ask(String program, String server) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program, "get")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            CompletableFuture<byte[]> output = new CompletableFuture<>();
            Thread.ofVirtual().name(program).start(() -> collect(process, output));
            try (OutputStream in = process.getOutputStream()) {
                in.write(server.getBytes(StandardCharsets.UTF_8));
            }
            byte[] answer = output.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                LOG.debug("{} has no credentials for {}", program, server);
                return Optional.empty();
            }
            return Optional.of(parse(program, answer));
        } catch (ExecutionException | TimeoutException e) {
            throw new UpstreamException(program + " did not answer for " + server, e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void collect(Process process, CompletableFuture<byte[]> output) {
        try (InputStream out = process.getInputStream()) {
            output.complete(out.readNBytes(LONGEST_ANSWER));
        } catch (IOException e) {
            output.completeExceptionally(e);
        }
    }

    private static Credentials parse(String program, byte[] answer) throws UpstreamException {
        try {
            JsonNode json = new ObjectMapper().readTree(answer);
            String username = json.path("Username").asText("");
            String secret = json.path("Secret").asText("");
            return username.equals("<token>") ? new Credentials("", "", secret) : new Credentials(username, secret, "");
        } catch (JsonProcessingException e) {
            // The parser's message may quote the secret.
            throw new UpstreamException("the answer of " + program + " is not JSON");
        } catch (IOException e) {
            throw new UpstreamException("cannot read the answer of " + program, e);
        }
    }
}
