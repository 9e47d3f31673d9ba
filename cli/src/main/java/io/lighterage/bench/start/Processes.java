package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The long-lived processes of a datacenter. Each is ended by whoever started it. */
final class Processes {
    static final String REGISTRY_NAME = "registry.test";
    static final String REGISTRY_URL = "http://" + Datacenter.REGISTRY + ":5000";
    static final String NODE = "http://127.0.0.1:8102";
    private static final String SUPERNODE = "http://" + Datacenter.SUPERNODE + ":8100";
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration PROBE = Duration.ofSeconds(5);
    private static final Duration END = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 20;

    private final Datacenter datacenter;
    private final Path launcher;
    private final Path directory;

    /**
     * @param launcher the {@code lighter} that runs supernode and nodes
     * @param directory where they have their data and logs
     */
    Processes(Datacenter datacenter, Path launcher, Path directory) {
        this.datacenter = datacenter;
        this.launcher = launcher;
        this.directory = directory;
    }

    /** A process that runs. */
    record Running(Program program) implements AutoCloseable {
        @Override
        public void close() throws InterruptedException {
            program.end(END);
        }
    }

    private Running start(String name, Place place, List<String> command, String url)
            throws IOException, InterruptedException {
        Running running = new Running(Program.start(name, place, directory.resolve(name + ".log"), command));
        try {
            long endNs = System.nanoTime() + READY.toNanos();
            while (!answers(place, url)) {
                if (!running.program.isAlive() || System.nanoTime() > endNs) {
                    throw new IOException(name + " did not come up: " + running.program.said());
                }
                Thread.sleep(LOOK_MILLIS);
            }
            return running;
        } catch (IOException | InterruptedException | RuntimeException e) {
            running.close();
            throw e;
        }
    }

    private static boolean answers(Place place, String url) throws InterruptedException {
        try {
            curl(place, PROBE, "-o", "/dev/null", url);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String curl(Place place, Duration deadline, String... arguments)
            throws IOException, InterruptedException {
        return Commands.run(place, deadline, Commands.join(List.of("curl", "-sSf", "-m", "600"), arguments));
    }

    /** The registry over what was pushed to {@code data}. */
    Running registry(Path data) throws IOException, InterruptedException {
        Path config = directory.resolve("registry.yml");
        Files.writeString(config, """
                version: 0.1
                log: {level: error, accesslog: {disabled: true}}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: "%s:5000"}
                """.formatted(data, Datacenter.REGISTRY));
        return start(
                "registry", datacenter.registry(), List.of("docker-registry", "serve", config.toString()),
                REGISTRY_URL + "/v2/");
    }

    /** Puts an image into the registry. */
    void push(Path layout, String name) throws IOException, InterruptedException {
        Commands.run(
                datacenter.registry(), Duration.ofMinutes(5), "skopeo", "--insecure-policy", "copy", "--quiet",
                "--dest-tls-verify=false", "oci:" + layout + ":latest",
                "docker://" + Datacenter.REGISTRY + ":5000/" + name);
    }

    Running supernode(Path data) throws IOException, InterruptedException {
        String ip = Datacenter.SUPERNODE;
        List<String> command = List.of(
                launcher.toString(), "supernode", "--data", data.toString(), "--http", ip + ":8100",
                "--exchange", ip + ":8101", "--advertise", ip,
                "--upstream", REGISTRY_NAME + "=" + REGISTRY_URL);
        return start("supernode", datacenter.supernode(), command, SUPERNODE + "/healthz");
    }

    /** Waits until the supernode knows a trace of the image. */
    void awaitTrace(String image) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + READY.toNanos();
        String question = SUPERNODE + "/api/v1/traces?image=" + image;
        while (!curl(datacenter.supernode(), READY, "-o", "/dev/null", "-w", "%{http_code}", question)
                .endsWith("200")) {
            if (System.nanoTime() > endNs) {
                throw new IOException("the supernode was told of no start of " + image);
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Has the supernode bring an image in and convert it. */
    void convert(String reference) throws IOException, InterruptedException {
        String answer = "";
        long endNs = System.nanoTime() + Duration.ofMinutes(10).toNanos();
        while (!answer.contains("\"READY\"")) {
            if (answer.contains("\"FAILED\"") || System.nanoTime() > endNs) {
                throw new IOException(reference + " was not converted: " + answer);
            }
            answer = curl(
                    datacenter.supernode(), Duration.ofMinutes(1), "-X", "POST",
                    SUPERNODE + "/api/v1/preheat?image=" + reference + "&lazy=true&wait=20");
        }
    }

    /** Bytes of chunks that the supernode has sent. */
    long sentBySupernode() throws IOException, InterruptedException {
        String metrics = curl(datacenter.supernode(), READY, SUPERNODE + "/metrics");
        return metrics.lines()
                .filter(line -> line.startsWith("lighterage_exchange_sent_bytes_total"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    Running node(Datacenter.Party host, Path data, String... more) throws IOException, InterruptedException {
        List<String> command = List.of(
                launcher.toString(), "node", "--data", data.toString(), "--supernode", SUPERNODE,
                "--mirror", "127.0.0.1:8102", "--exchange", host.address() + ":8103", "--advertise", host.address());
        return start("node-" + host.name(), host.place(), Commands.join(command, more), NODE + "/healthz");
    }

    /** Asks a host's node for a page. */
    String askNode(Datacenter.Party host, String path) throws IOException, InterruptedException {
        return curl(host.place(), Duration.ofSeconds(30), NODE + path);
    }

    /** Mounts an image by a host's node, without a command of its own to start. */
    void mount(Datacenter.Party host, String reference, Path at) throws IOException, InterruptedException {
        String answer = curl(
                host.place(), Duration.ofMinutes(10), "-X", "POST", "-H", "Content-Type: application/json",
                "-d", "{\"image\":\"" + reference + "\",\"directory\":\"" + at + "\"}", NODE + "/api/v1/mounts");
        if (!answer.contains("\"lazy\"")) {
            throw new IOException(reference + " was not mounted: " + answer.strip());
        }
    }

    /** Ends a mount. */
    void unmount(Datacenter.Party host, Path at) throws IOException, InterruptedException {
        curl(
                host.place(), Duration.ofMinutes(1), "-X", "DELETE",
                NODE + "/api/v1/mounts?lazy=true&directory=" + at);
    }
}
