package io.lighterage.tests.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.LazyContainerd;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.SnapshotsClient;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Snapshots that have nothing to do with lazy images live as those of containerd's snapshotter on overlayfs do. */
class SnapshotLifeTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private Workspace workspace;
    private Path socket;
    private Path snapshots;
    private LighterProcess node;

    @BeforeEach
    void prepare() throws Exception {
        Requires.root();
        Requires.programs("containerd", "ctr", "mount", "umount");
        Requires.lighter();
        workspace = Workspace.create();
        socket = workspace.directory("run").resolve("s");
        snapshots = workspace.directory("node/data/snapshotter/snapshots");
    }

    private void startNode() throws Exception {
        URI nobody = URI.create("http://127.0.0.1:" + Ports.free());
        node = LighterProcess.node(
                workspace, "node", nobody, Map.of(), LighterProcess.Place.HERE, "--snapshotter", socket.toString());
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void theLifeOfASnapshotIsTheSameAsOnContainerdsOverlayfs() throws Exception {
        startNode();
        LazyContainerd containerd = workspace.own(LazyContainerd.start(
                workspace.directory("c"), socket, node.mirror(), "registry.test/none:1"));
        try (SnapshotsClient theirs = new SnapshotsClient(containerd.socket(), "overlayfs");
                SnapshotsClient ours = new SnapshotsClient(containerd.socket(), LazyContainerd.SNAPSHOTTER)) {
            List<String> expected = new LifeCycle(theirs, workspace.directory("theirs")).live();
            List<String> lived = new LifeCycle(ours, workspace.directory("ours")).live();

            assertThat(lived).containsExactlyElementsOf(expected);
            containerd.ctr("content", "prune", "references").orFail();
            assertThat(snapshots).isEmptyDirectory();
        }
    }

    @Test
    void aFullDiskFailsACallAndLeavesNothingAndAKilledNodeForgetsNothing() throws Exception {
        Programs.run(DEADLINE, "mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=120", "none", snapshots.toString())
                .orFail();
        startNode();
        try (SnapshotsClient client = new SnapshotsClient(socket, LazyContainerd.SNAPSHOTTER)) {
            client.prepare("k/base", "", Map.of()).orFail();
            client.commit("base", "k/base", Map.of("a", "b")).orFail();
            List<String> made = new ArrayList<>(List.of("base"));
            String error = "";
            for (int i = 0; error.isEmpty(); i++) {
                error = client.prepare("k/" + i, "base", Map.of()).error();
                if (error.isEmpty()) {
                    made.add("k/" + i);
                }
            }
            assertThat(error).startsWith("UNKNOWN").containsIgnoringCase("no space left");
            assertThat(client.list()).containsExactlyInAnyOrderElementsOf(made);
            client.remove(made.removeLast()).orFail();
            client.prepare("fits", "base", Map.of()).orFail();
            made.add("fits");
            List<String> mounts = client.mounts("fits").orFail().mounts();
            client.remove("k/0").orFail();
            made.remove("k/0");
            Files.createDirectories(snapshots.resolve("4711/fs/lost"));
            Files.createDirectory(snapshots.resolve("new-lost"));

            node.killHard();
            node.start();

            Await.until(() -> client.stat("base").error().isEmpty(), DEADLINE, () -> node.log());
            assertThat(client.list()).containsExactlyInAnyOrderElementsOf(made);
            assertThat(client.mounts("fits").orFail().mounts()).isEqualTo(mounts);
            assertThat(client.stat("base").message().message(1).orElseThrow().map(6)).isEqualTo(Map.of("a", "b"));
            assertThat(snapshots.resolve("4711")).doesNotExist();
            assertThat(snapshots.resolve("new-lost")).doesNotExist();
            Files.createDirectories(snapshots.resolve("4711/fs"));
            client.cleanup().orFail();
            assertThat(snapshots.resolve("4711")).doesNotExist();
        }
    }
}
