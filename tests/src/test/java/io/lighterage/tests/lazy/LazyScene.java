package io.lighterage.tests.lazy;

import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.Namespace;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.TreeImage;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A registry with one image and a supernode before it. Owned by one thread. */
final class LazyScene implements AutoCloseable {
    /** No background pull within any test. */
    static final String[] NO_PULL = {"--prefetch-delay", "86400", "--read-deadline", "20"};

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String REPOSITORY = "team/tree:1";

    private final Workspace workspace;
    private final Optional<Namespace> link;
    private final DockerRegistry registry;
    private final Map<String, URI> upstreams;
    private final OciImage image;
    private final List<Path> mountPoints = new ArrayList<>();
    private LighterProcess supernode;

    private LazyScene(Workspace workspace, Optional<Namespace> link, DockerRegistry registry, OciImage image) {
        this.workspace = workspace;
        this.link = link;
        this.registry = registry;
        this.upstreams = Map.of(Mirror.REGISTRY, registry.url());
        this.image = image;
    }

    /** Skips the test where the machine cannot run it. */
    static LazyScene create() throws Exception {
        return create(false);
    }

    /** The same at this end of a {@link #link}, behind which nodes may be. */
    static LazyScene createWithLink() throws Exception {
        Requires.programs("ip", "nsenter", "tc");
        return create(true);
    }

    private static LazyScene create(boolean linked) throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "debootstrap", "tar", "setcap", "umount");
        Requires.lighter();
        Requires.fuse();
        Workspace workspace = Workspace.create();
        try {
            Optional<Namespace> link = linked ? Optional.of(workspace.own(Namespace.create())) : Optional.empty();
            Path directory = workspace.directory("registry");
            DockerRegistry registry = workspace.own(
                    link.isPresent()
                            ? DockerRegistry.start(directory, link.get().outside())
                            : DockerRegistry.start(directory));
            OciImage image = TreeImage.get();
            registry.push(image, REPOSITORY);
            return new LazyScene(workspace, link, registry, image);
        } catch (Throwable e) {
            workspace.close();
            throw e;
        }
    }

    /** Pushes another image of the same repository; answers its reference. */
    String push(OciImage other, String tag) throws Exception {
        String name = REPOSITORY.replaceFirst(":.*", ":" + tag);
        registry.push(other, name);
        return Mirror.REGISTRY + "/" + name;
    }

    /** The image's reference. */
    String reference() {
        return Mirror.REGISTRY + "/" + REPOSITORY;
    }

    OciImage image() {
        return image;
    }

    Workspace workspace() {
        return workspace;
    }

    Namespace link() {
        return link.orElseThrow();
    }

    LighterProcess startSupernode() throws Exception {
        LighterProcess.Place place = link.map(beside -> new LighterProcess.Place(List.of(), beside.outside()))
                .orElse(LighterProcess.Place.HERE);
        supernode = LighterProcess.supernode(workspace, upstreams, place);
        return supernode;
    }

    DockerRegistry registry() {
        return registry;
    }

    LighterProcess supernode() {
        return supernode;
    }

    /** A node of the supernode, on this host. */
    LazyNode node(String name, String... arguments) throws Exception {
        return node(name, LighterProcess.Place.HERE, arguments);
    }

    /** A node of the supernode. */
    LazyNode node(String name, LighterProcess.Place place, String... arguments) throws Exception {
        return new LazyNode(
                LighterProcess.node(workspace, name, supernode.http(), upstreams, place, arguments), place);
    }

    /** A fresh directory to mount at. */
    Path mountPoint(String name) throws Exception {
        Path made = workspace.directory("mounts-" + name);
        mountPoints.add(made);
        return made;
    }

    @Override
    public void close() throws Exception {
        try (workspace) {
            // A node that ends while nothing is mounted ends its file system too.
            unmount();
        }
    }

    /** Unmounts what is still mounted. */
    void unmount() throws Exception {
        for (Path mounted : mountPoints) {
            Programs.run(DEADLINE, "umount", "--quiet", mounted.toString());
        }
        mountPoints.clear();
    }
}
