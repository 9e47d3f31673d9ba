package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** BitTorrent clients of Debian packages: aria2 and transmission-cli. */
public final class TorrentClients {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private TorrentClients() {}

    /** Downloads {@code source}, a {@code .torrent} or a magnet link, by aria2, and does not seed it. */
    public static void aria2(LighterProcess.Place place, String source, Path directory)
            throws IOException, InterruptedException {
        Programs.run(DEADLINE, Map.of(), aria2(place, source, directory, Ports.free(), "--seed-time=0"))
                .orFail();
    }

    /** Starts aria2, which goes on seeding. */
    public static Daemon startAria2(LighterProcess.Place place, String source, Path directory, int port, String... more)
            throws IOException {
        return Daemon.start(
                "aria2c", directory.resolveSibling(directory.getFileName() + ".log"), Map.of(),
                aria2(place, source, directory, port, more));
    }

    private static List<String> aria2(
            LighterProcess.Place place, String source, Path directory, int port, String... more) {
        List<String> command = new ArrayList<>(place.prefix());
        command.addAll(List.of(
                "aria2c", "--no-conf", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false",
                "--file-allocation=none", "--listen-port=" + port, "--dir=" + directory));
        command.addAll(List.of(more));
        command.add(source);
        return command;
    }

    /** A script for clients to call when they are done; it makes the file. */
    public static Path toucher(Path file) throws IOException {
        Path script = file.resolveSibling("when-" + file.getFileName());
        Files.writeString(script, "#!/bin/sh\ntouch '" + file + "'\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    /**
     * Downloads {@code source} by transmission-cli. It would never end by itself when it is done, so it is ended; with
     * a magnet link it may end once it has the metadata, so it is started again.
     */
    public static void transmission(LighterProcess.Place place, String source, Path directory)
            throws IOException, InterruptedException {
        Path home = Files.createTempDirectory(directory.getParent(), "transmission");
        Path done = home.resolve("done");
        Path script = toucher(done);
        List<String> command = new ArrayList<>(place.prefix());
        command.addAll(List.of(
                "sh", "-c", "done=$1; shift; until [ -e \"$done\" ]; do \"$@\"; done", "sh", done.toString(),
                "transmission-cli", "--no-portmap", "--config-dir", home.toString(), "--port",
                String.valueOf(Ports.free()), "--finish", script.toString(), "--download-dir", directory.toString(),
                source));
        Map<String, String> environment = Map.of("HOME", home.toString());
        try (Daemon daemon = Daemon.start("transmission-cli", home.resolve("log"), environment, command)) {
            daemon.awaitReady(() -> Files.exists(done), DEADLINE);
        }
    }
}
