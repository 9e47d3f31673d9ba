package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.supernode.api.TorrentApi;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lighter torrent}. */
@Command(
        name = "torrent",
        description = "Prints the magnet link of an image and writes its .torrent.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class TorrentCommand implements Callable<Integer>, CommonOptions.Holder {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofHours(2);

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "IMAGE", description = "The image, such as debian:12.")
    private String image;

    @Option(names = "--supernode", paramLabel = "URL", required = true, description = "The datacenter's supernode.")
    private String supernode;

    @Option(names = "--platform", paramLabel = "OS/ARCH", description = "Which image of an index. Default: this machine's.")
    private String platform;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the .torrent goes. Default: NAME_TAG.torrent here.")
    private Path file;

    @Spec
    private CommandSpec spec;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        Settings settings = new Settings().flag("supernode", supernode).flag("platform", platform);
        ImageReference reference = reference();
        URI base = settings.require("supernode", Settings::url);
        String query = "?ref=" + encoded(reference.toString()) + "&platform="
                + encoded(settings.get("platform", Platform::parse).orElse(Platform.host()).toString());
        PrintWriter out = spec.commandLine().getOut();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<byte[]> torrent = get(client, URI.create(base + TorrentApi.IMAGE + query));
            Path target = file == null ? Path.of(name(torrent).orElse(reference.repository().name().replace('/', '_') + ".torrent")) : file;
            Files.write(target, torrent.body());
            HttpResponse<byte[]> magnet = get(client, URI.create(base + TorrentApi.IMAGE + query + "&form=magnet"));
            out.print(new String(magnet.body(), StandardCharsets.UTF_8));
            out.println(target);
            out.flush();
        }
        return 0;
    }

    private ImageReference reference() {
        try {
            return ImageReference.parse(image);
        } catch (InvalidReferenceException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private static Optional<String> name(HttpResponse<byte[]> answer) {
        return answer.headers()
                .firstValue("Content-Disposition")
                .map(value -> value.replaceAll(".*filename=\"([A-Za-z0-9._-]+)\".*", "$1"))
                .filter(name -> name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*"));
    }

    private static HttpResponse<byte[]> get(HttpClient client, URI url) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer;
        try {
            answer = client.send(HttpRequest.newBuilder(url).timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException("no supernode answers at " + url.getScheme() + "://" + url.getAuthority(), e);
        }
        if (answer.statusCode() == 200) {
            return answer;
        }
        if (answer.headers().firstValue("Content-Type").orElse("").contains("json")) {
            String error = new ObjectMapper().readTree(answer.body()).path("error").asText("");
            if (!error.isEmpty()) {
                throw new IOException(error);
            }
        }
        throw new IOException("the supernode answers with status " + answer.statusCode()
                + (answer.statusCode() == 404 ? "; was it started with --torrent?" : ""));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
