package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import io.lighterage.bench.report.Report;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A BitTorrent swarm: aria2 on every host, and beside the registry a seeder, behind the registry's link, and a
 * tracker.
 */
final class Aria2Means extends ProcessMeans {
    static final String TOOL = "aria2c";

    private static final int TRACKER_PORT = 6969;
    private static final int LISTEN_PORT = 6881;
    private static final String SEEDER = "seeder";

    /** What the hook prints when a download is complete: aria2's name for it, the number of files, the first file. */
    private static final java.util.regex.Pattern DONE = java.util.regex.Pattern.compile("[0-9a-f]{16} [0-9]+ /.*");

    private static final long SEEDER_SECONDS = 120;
    private static final long POLL_MILLIS = 50;

    private Tracker tracker;

    Aria2Means(NamespaceScene scene) {
        super(scene);
    }

    @Override
    public String name() {
        return Baseline.ARIA2.toString();
    }

    @Override
    String prefix() {
        return "aria2";
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Files.createDirectories(data(""));
        tracker = Tracker.start(scene.network().at(Scene.UPSTREAM), TRACKER_PORT);
    }

    @Override
    public void prepare(PulledImage image, String repository) throws IOException, InterruptedException {
        String announce = "http://" + Cabling.ip(Scene.UPSTREAM) + ":" + TRACKER_PORT + "/announce";
        Files.write(torrent(), Torrent.of(image, announce));
        Path files = Files.createDirectories(data(SEEDER).resolve(Torrent.NAME));
        for (int i = 0; i < image.blobs().size(); i++) {
            Files.createSymbolicLink(files.resolve(Torrent.file(i)), image.blobs().get(i).file());
        }
        List<String> command = command(data(SEEDER));
        command.add(1, "--check-integrity=true");
        Program seeder = start(SEEDER, Scene.UPSTREAM, command);
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SEEDER_SECONDS);
        while (tracker.peers() == 0) {
            seeder.requireAlive();
            if (System.nanoTime() > deadlineNs) {
                throw new LabException("aria2 does not seed after " + SEEDER_SECONDS + " s");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private Path torrent() {
        return data("image.torrent");
    }

    private List<String> command(Path directory) {
        return new ArrayList<>(List.of(
                TOOL, "--no-conf", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false",
                        "--file-allocation=none",
                "--listen-port=" + LISTEN_PORT, "--seed-time=100000", "--seed-ratio=0.0", "--summary-interval=0",
                "--show-console-readout=false", "--enable-color=false",
                "--on-bt-download-complete=echo", "--dir=" + directory, torrent().toString()));
    }

    @Override
    public HostTask task(int host, PulledImage image, String repository, Path directory) {
        return new Swarming(Scene.host(host), image, directory);
    }

    /** The counts of aria2 are for people: what its link says stands for what a host sent, so here it is unknown. */
    @Override
    public Content content(String repository) {
        return new Content(-1, 0, -1);
    }

    @Override
    public void close() throws IOException {
        if (tracker != null) {
            tracker.close();
        }
        super.close();
    }

    /** One host's aria2; it goes on seeding when it has all, as a swarm needs it. */
    private final class Swarming implements HostTask {
        private final String host;
        private final PulledImage image;
        private final Path directory;
        private volatile Program program;
        private volatile boolean aborted;
        private volatile boolean done;

        Swarming(String host, PulledImage image, Path directory) {
            this.host = host;
            this.image = image;
            this.directory = directory;
        }

        @Override
        public Place place() {
            return scene.network().at(host);
        }

        @Override
        public void pull(long startNs, List<Report.Fetch> fetches) throws IOException, InterruptedException {
            double begun = (System.nanoTime() - startNs) / 1e9;
            // Two of them that make the same parent at once would both fail.
            Files.createDirectories(directory);
            program = Program.piped(host, place(), command(directory));
            if (aborted) {
                program.kill();
            }
            keep(program);
            StringBuilder said = new StringBuilder();
            BufferedReader output = program.output(); // stays open: aria2 speaks on while it seeds
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (DONE.matcher(line).matches()) {
                    done = true;
                    fetches.add(new Report.Fetch(host, "all", image.layerBytes(), begun, -1,
                            (System.nanoTime() - startNs) / 1e9));
                    return;
                }
                said.append(line).append(' ');
            }
            drop(host);
            throw new IOException(host + ": aria2 ended" + (aborted ? " with the pull" : ": " + said));
        }

        @Override
        public void abort() {
            aborted = true;
            Program running = program;
            if (!done && running != null) {
                running.kill();
            }
        }

        @Override
        public void verify() throws IOException {
            for (int i = 0; i < image.blobs().size(); i++) {
                Path file = directory.resolve(Torrent.NAME).resolve(Torrent.file(i));
                PulledImage.Content content = image.blobs().get(i);
                if (!Files.exists(file) || Files.mismatch(file, content.file()) >= 0) {
                    throw new IOException(host + " has not the bytes of " + content.digest());
                }
            }
        }
    }
}
