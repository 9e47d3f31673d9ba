package io.lighterage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.supernode.api.TorrentApi;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lighter torrent}. */
@Command(name = "torrent", description = "Prints the magnet link of an image and writes its .torrent.")
final class TorrentCommand extends Subcommand {
    private static final Duration ANSWER = Duration.ofHours(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    private final SupernodeImageOptions of = new SupernodeImageOptions();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where the .torrent goes. Default: NAME_TAG.torrent here.")
    private Path file;

    @Override
    void run() throws Exception {
        ImageReference reference = of.image(this);
        String path = TorrentApi.IMAGE + "?ref=" + encoded(reference.toString()) + "&platform="
                + encoded(of.platform().toString());
        try (Caller caller = new Caller(of.supernode(), "no supernode", of.tls())) {
            HttpResponse<byte[]> torrent = get(caller, path);
            Path target = file == null ? Path.of(name(torrent, reference)) : file;
            Files.write(target, torrent.body());
            out().print(new String(get(caller, path + "&form=magnet").body(), StandardCharsets.UTF_8));
            out().println(target);
        }
    }

    private static String name(HttpResponse<byte[]> answer, ImageReference reference) {
        return answer.headers()
                .firstValue("Content-Disposition")
                .map(value -> value.replaceAll(".*filename=\"([A-Za-z0-9._-]+)\".*", "$1"))
                .filter(name -> name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*"))
                .orElse(reference.repository().name().replace('/', '_') + ".torrent");
    }

    private static HttpResponse<byte[]> get(Caller caller, String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = caller.send(
                caller.request(path).timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() == 200) {
            return answer;
        }
        Optional<String> type = answer.headers().firstValue("Content-Type").filter(value -> value.contains("json"));
        String error = type.isPresent() ? JSON.readTree(answer.body()).path("error").asText("") : "";
        if (!error.isEmpty()) {
            throw new IOException(error);
        }
        throw new IOException("the supernode answers with status " + answer.statusCode()
                + (answer.statusCode() == 404 ? "; was it started with --torrent?" : ""));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
