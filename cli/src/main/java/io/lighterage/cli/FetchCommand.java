package io.lighterage.cli;

import io.lighterage.cli.progress.ProgressDisplay;
import io.lighterage.cli.progress.PullProgress;
import io.lighterage.supernode.torrent.Magnet;
import io.lighterage.supernode.torrent.MalformedException;
import io.lighterage.supernode.torrent.TorrentFetch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter fetch}. */
@Command(
        name = "fetch",
        description = "Downloads what a magnet link or a .torrent names, by BitTorrent.")
final class FetchCommand extends Subcommand {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LONGEST_TORRENT = 64L << 20;

    @Parameters(index = "0", paramLabel = "MAGNET|FILE", description = "A magnet link, or a .torrent file.")
    private String what;

    @Parameters(index = "1", paramLabel = "DIR", description = "Where the file or directory goes.")
    private Path directory;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            description = "Give up when nothing came for so long. Default: 60.")
    private String patience;

    @Override
    void run() throws Exception {
        Logging.silence("bt", options());
        Duration deadline =
                new Settings().flag("patience", patience).get("patience", Settings::deadline).orElse(PATIENCE);
        PullProgress shown = new PullProgress("fetch");
        TorrentFetch fetch = new TorrentFetch(
                directory, deadline, shown::expect, bytes -> shown.add(Math.max(0, bytes - shown.received())));
        Path fetched;
        if (what.startsWith("magnet:")) {
            Magnet magnet = Magnet.parse(what);
            try (ProgressDisplay display = ProgressDisplay.show(List.of(shown), out())) {
                fetched = fetch.magnet(magnet);
                shown.finish();
            }
        } else {
            byte[] torrent = torrent(Path.of(what));
            try (ProgressDisplay display = ProgressDisplay.show(List.of(shown), out())) {
                fetched = fetch(fetch, torrent);
                shown.finish();
            }
        }
        out().println(fetched + ": " + Amounts.bytes(shown.total()));
    }

    private Path fetch(TorrentFetch fetch, byte[] torrent) throws IOException, InterruptedException {
        try {
            return fetch.torrent(torrent);
        } catch (MalformedException e) {
            throw new IOException(what + " is not a torrent: " + e.getMessage(), e);
        }
    }

    private static byte[] torrent(Path file) throws IOException {
        try {
            if (Files.size(file) > LONGEST_TORRENT) {
                throw new IOException(file + " is too long to be a .torrent");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file, and not a magnet link", e);
        }
    }
}
