package io.lighterage.cli;

import io.lighterage.cli.setup.Change;
import io.lighterage.cli.setup.Engine;
import io.lighterage.cli.setup.MirrorPlace;
import io.lighterage.cli.setup.Setup;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter setup}. */
@Command(
        name = "setup",
        description = "Points a container engine of this host at its node's mirror. Keeps what its files say.")
final class SetupCommand extends Subcommand {
    private static final String HTTPS = "https://";

    @Parameters(
            index = "0",
            paramLabel = "ENGINE",
            description = "${COMPLETION-CANDIDATES}; podman means CRI-O, skopeo and buildah too.")
    private Engine engine;

    @Option(
            names = "--registry",
            paramLabel = "NAME",
            arity = "1..*",
            description = "Registries whose images come through the mirror, as image names have them."
                    + " Default: docker.io.")
    private List<String> registries = List.of(ImageReference.DEFAULT_REGISTRY);

    @Option(
            names = "--mirror",
            paramLabel = "[https://]HOST:PORT",
            description = "The mirror. Default: ${DEFAULT-VALUE}.",
            defaultValue = "127.0.0.1:8102")
    private String mirror;

    @Option(
            names = "--mirror-ca",
            paramLabel = "FILE",
            description = "PEM file of the authority of the mirror's certificate, where the host has it."
                    + " Default: those that the host trusts.")
    private Path authority;

    @Option(
            names = "--lazy",
            description = "containerd only: make the node's snapshotter that of containerd's CRI plugin, so that"
                    + " containers start before their image is here. Others choose it with --snapshotter lighter.")
    private boolean lazy;

    @Option(
            names = "--snapshotter",
            paramLabel = "SOCKET",
            description = "The node's snapshotter, for --lazy. Default: ${DEFAULT-VALUE}.",
            defaultValue = "/run/lighterage/snapshotter.sock")
    private Path snapshotter;

    @Option(names = "--dry-run", description = "Print what would change in the format of diff -u, and change nothing.")
    private boolean dryRun;

    @Option(names = "--undo", description = "Give the files back as they were before.")
    private boolean undo;

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "Where the host's / is, for example while an image is built. Default: ${DEFAULT-VALUE}.",
            defaultValue = "/")
    private Path root;

    @Override
    void run() throws IOException {
        MirrorPlace place = place();
        Set<String> names = names();
        Setup setup = new Setup(engine, root);
        Setup.Plan plan = undo ? setup.undo() : setup.plan(names, place, socket());
        if (!dryRun) {
            setup.apply(plan);
        }
        report(setup, plan);
    }

    private Optional<Path> socket() {
        if (lazy && engine != Engine.containerd) {
            throw wrongUsage("--lazy: only containerd has snapshotters, not " + engine);
        }
        return lazy ? Optional.of(snapshotter.toAbsolutePath()) : Optional.empty();
    }

    private MirrorPlace place() {
        boolean https = mirror.startsWith(HTTPS);
        String address = https ? mirror.substring(HTTPS.length()) : mirror;
        if (authority != null && !https) {
            throw wrongUsage("--mirror-ca: only for a mirror that speaks HTTPS: --mirror https://" + mirror);
        }
        return new MirrorPlace(
                new Settings().flag("mirror", address).require("mirror", HostPort::parse),
                https,
                Optional.ofNullable(authority).map(Path::toAbsolutePath));
    }

    private void report(Setup setup, Setup.Plan plan) {
        for (Change change : plan.changes()) {
            if (dryRun) {
                out().print(change.diff());
            } else {
                out().println(verb(change) + " " + change.path());
            }
        }
        plan.notes().forEach(note -> out().println("note: " + note));
        if (plan.changes().isEmpty()) {
            out().println(undo ? "nothing to take back" : "nothing to do: the files say so already");
        } else if (!dryRun) {
            out().println("next: " + setup.activation(plan));
        }
    }

    private static String verb(Change change) {
        if (change.after().isEmpty()) {
            return "removed";
        }
        return change.before().isEmpty() ? "made" : "changed";
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (String registry : registries) {
            try {
                String name = new Repository(registry, "name").registry();
                names.add(name.equals("index.docker.io") ? ImageReference.DEFAULT_REGISTRY : name);
            } catch (InvalidReferenceException e) {
                throw wrongUsage("--registry: " + e.getMessage());
            }
        }
        if (engine == Engine.docker && !undo && !names.equals(Set.of(ImageReference.DEFAULT_REGISTRY))) {
            throw wrongUsage("--registry: dockerd asks mirrors for images of docker.io only;"
                    + " pull others as " + place().address() + "/REGISTRY/NAME");
        }
        return names;
    }
}
