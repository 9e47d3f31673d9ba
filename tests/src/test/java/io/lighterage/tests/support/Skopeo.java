package io.lighterage.tests.support;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** skopeo with a mirror in {@code registries.conf}; it copies images to directories. */
public final class Skopeo {
    private final Path directory;
    private final Mirror mirror;

    private Skopeo(Path directory, Mirror mirror) {
        this.directory = directory;
        this.mirror = mirror;
    }

    /** A skopeo whose state is in {@code directory}. */
    public static Skopeo in(Path directory, Mirror mirror) {
        return new Skopeo(directory, mirror);
    }

    /**
     * Copies an image to a fresh directory and checks the digest of each blob there.
     *
     * @param name repository and tag, or repository and digest
     */
    public void pull(String name, OciImage expected) throws IOException, InterruptedException {
        Path target = Files.createTempDirectory(directory, "image");
        run(
                        "--registries-conf", registriesConf(directory, mirror).toString(),
                        "--policy", policy(directory).toString(),
                        "copy", "--quiet", "docker://" + Mirror.REGISTRY + "/" + name, "dir:" + target)
                .orFail();
        verify(target.resolve("manifest.json"), expected.manifest());
        for (OciImage.Blob blob : expected.blobs()) {
            verify(target.resolve(blob.digest().hex()), blob.digest());
        }
    }

    /** Runs skopeo. */
    public static Programs.Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = withOwnVarLib();
        command.add("skopeo");
        command.addAll(List.of(arguments));
        return Programs.run(Duration.ofMinutes(2), Map.of(), command);
    }

    /** The begin of a command: as root skopeo and podman keep a cache below /var/lib whatever their options say. */
    static List<String> withOwnVarLib() {
        return new ArrayList<>(List.of(
                "unshare", "--mount", "sh", "-c", "mount -t tmpfs none /var/lib && exec \"$@\"", "sh"));
    }

    private static void verify(Path file, Digest expected) throws IOException {
        Digest actual = OciImage.digestOf(Files.newInputStream(file));
        if (!actual.equals(expected)) {
            throw new AssertionError(file + " has the digest " + actual + ", not " + expected);
        }
    }

    /** Writes a registries.conf(5) that knows one registry and its mirror. */
    static Path registriesConf(Path directory, Mirror mirror) throws IOException {
        return Files.writeString(directory.resolve("registries.conf"), """
                unqualified-search-registries = []
                [[registry]]
                prefix = "%1$s"
                location = "%1$s"
                [[registry.mirror]]
                location = "%2$s"
                insecure = true
                """.formatted(Mirror.REGISTRY, mirror.location()));
    }

    /** Writes a policy.json(5) that asks for no signatures. */
    static Path policy(Path directory) throws IOException {
        return Files.writeString(
                directory.resolve("policy.json"), "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}");
    }
}
