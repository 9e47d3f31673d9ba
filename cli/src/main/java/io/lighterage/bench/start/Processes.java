package io.lighterage.bench.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The long-lived processes of a lab, in whose namespaces they run. Each is ended by whoever started it. */
final class Processes {
    static final String REGISTRY_NAME = "registry.test";
    static final String NODE = "http://127.0.0.1:8102";
    private static final String SUPERNODE = "http://" + Lab.SUPERNODE + ":8100";
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 20;

    private final Lab lab;
    private final Path launcher;
    private final Path directory;

    /**
     * @param launcher the {@code lighter} that runs supernode and nodes
     * @param directory where they have their data and logs
     */
    Processes(Lab lab, Path launcher, Path directory) {
        this.lab = lab;
        this.launcher = launcher;
        this.directory = directory;
    }

    /** A process that runs. */
    record Running(Process process, Path log) implements AutoCloseable {
        @Override
        public void close() throws InterruptedException {
            Command.end(process, END);
        }
    }

    private Running start(String name, List<String> command, String... probe) throws IOException, InterruptedException {
        Path log = directory.resolve(name + ".log");
        Running running = new Running(Command.start(log, command), log);
        try {
            long endNs = System.nanoTime() + READY.toNanos();
            while (!succeeds(probe)) {
                if (!running.process.isAlive() || System.nanoTime() > endNs) {
                    String said = Files.readString(log);
                    throw new IOException(name + " did not come up: " + said.substring(Math.max(0, said.length() - 600)));
                }
                Thread.sleep(LOOK_MILLIS);
            }
            return running;
        } catch (IOException | InterruptedException | RuntimeException e) {
            running.close();
            throw e;
        }
    }

    private static boolean succeeds(String... probe) throws InterruptedException {
        try {
            Command.run(Duration.ofSeconds(5), probe);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String[] curl(String at, String... arguments) {
        return Command.join(Command.join(lab.at(at), "curl", "-sSf", "-m", "600"), arguments).toArray(String[]::new);
    }

    /** The registry over what was pushed to {@code data}. */
    Running registry(Path data) throws IOException, InterruptedException {
        Path config = directory.resolve("registry.yml");
        Files.writeString(config, """
                version: 0.1
                log: {level: error, accesslog: {disabled: true}}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: "%s:5000"}
                """.formatted(data, Lab.REGISTRY));
        List<String> command = Command.join(lab.at("registry"), "docker-registry", "serve", config.toString());
        return start("registry", command, curl("registry", "-o", "/dev/null", "http://" + Lab.REGISTRY + ":5000/v2/"));
    }

    /** Puts an image into the registry. */
    void push(Path layout, String name) throws IOException, InterruptedException {
        Command.run(
                Duration.ofMinutes(5),
                Command.join(
                                lab.at("registry"), "skopeo", "--insecure-policy", "copy", "--quiet",
                                "--dest-tls-verify=false", "oci:" + layout + ":latest",
                                "docker://" + Lab.REGISTRY + ":5000/" + name)
                        .toArray(String[]::new));
    }

    Running supernode(Path data) throws IOException, InterruptedException {
        List<String> command = Command.join(
                lab.at("supernode"), launcher.toString(), "supernode", "--data", data.toString(),
                "--http", Lab.SUPERNODE + ":8100", "--exchange", Lab.SUPERNODE + ":8101", "--advertise", Lab.SUPERNODE,
                "--upstream", REGISTRY_NAME + "=http://" + Lab.REGISTRY + ":5000");
        return start("supernode", command, curl("supernode", "-o", "/dev/null", SUPERNODE + "/healthz"));
    }

    /** Waits until the supernode knows a trace of the image. */
    void awaitTrace(String image) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + READY.toNanos();
        String[] question = curl("supernode", "-o", "/dev/null", "-w", "%{http_code}", SUPERNODE + "/api/v1/traces?image=" + image);
        while (!Command.run(READY, question).endsWith("200")) {
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
            answer = Command.run(
                    Duration.ofMinutes(1),
                    curl("supernode", "-X", "POST",
                            SUPERNODE + "/api/v1/preheat?image=" + reference + "&lazy=true&wait=20"));
        }
    }

    Running node(Path data, String... more) throws IOException, InterruptedException {
        List<String> command = Command.join(
                lab.at("host"), launcher.toString(), "node", "--data", data.toString(), "--supernode", SUPERNODE,
                "--mirror", "127.0.0.1:8102", "--exchange", Lab.HOST + ":8103", "--advertise", Lab.HOST);
        return start("node", Command.join(command, more), curl("host", "-o", "/dev/null", NODE + "/healthz"));
    }

    /** Asks the node for a page. */
    String askNode(String path) throws IOException, InterruptedException {
        return Command.run(Duration.ofSeconds(30), curl("host", NODE + path));
    }

    /** Mounts an image by the node, without a command of its own to start. */
    void mount(String reference, Path at) throws IOException, InterruptedException {
        String answer = Command.run(
                Duration.ofMinutes(10),
                curl("host", "-X", "POST", "-H", "Content-Type: application/json", "-d",
                        "{\"image\":\"" + reference + "\",\"directory\":\"" + at + "\"}", NODE + "/api/v1/mounts"));
        if (!answer.contains("\"lazy\"")) {
            throw new IOException(reference + " was not mounted: " + answer.strip());
        }
    }

    /** Ends a mount. */
    void unmount(Path at) throws IOException, InterruptedException {
        Command.run(
                Duration.ofMinutes(1),
                curl("host", "-X", "DELETE", NODE + "/api/v1/mounts?lazy=true&directory=" + at));
    }
}
