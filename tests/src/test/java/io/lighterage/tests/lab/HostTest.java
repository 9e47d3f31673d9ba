package io.lighterage.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Host;
import io.lighterage.bench.lab.Network;
import io.lighterage.bench.lab.Program;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private Workspace workspace;
    private Path directory;
    private Network network;
    private Host host;

    @BeforeEach
    void makeAHost() throws Exception {
        Requires.root();
        Requires.programs("ip", "tc", "setpriv", "setsid", "nsenter", "unshare", "bash");
        workspace = Workspace.create();
        directory = workspace.directory("lab");
        network = Network.create();
        host = Host.create(network.join("host", "10.79.0.2", 24, 100), directory.resolve("host.log"));
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (host != null) {
            host.close();
        }
        if (network != null) {
            network.close();
        }
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void itsNetworkAndMountsAreItsOwnAndItsFilesAreTheMachines() throws Exception {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Commands.run(host, DEADLINE, "mount", "-t", "tmpfs", "tmpfs", mounted.toString());
        Commands.run(host, DEADLINE, "touch", mounted.resolve("hidden").toString(), directory + "/shared");

        assertThat(Commands.run(host, DEADLINE, "ip", "-brief", "address", "show", "eth0")).contains("10.79.0.2/24");
        assertThat(Commands.run(host, DEADLINE, "ls", mounted.toString()).strip()).isEqualTo("hidden");
        assertThat(mounted).isEmptyDirectory();
        assertThat(directory.resolve("shared")).exists();
    }

    @Test
    void aProgramThatIsAskedToEndMayTidyUpFirst() throws Exception {
        Path log = directory.resolve("program.log");
        Program program = Program.start(
                "program", host, log, List.of("bash", "-c", "trap 'echo tidied; exit' TERM; echo up; read <> <(:)"));
        Await.until(() -> program.said().equals("up"), DEADLINE, () -> "it does not come up: " + log);

        program.end(DEADLINE);

        assertThat(program.isAlive()).isFalse();
        assertThat(program.said()).isEqualTo("up | tidied");
    }

    @Test
    void whatADaemonLeavesBehindEndsWithTheHost() throws Exception {
        leaveSomethingBehind();

        host.close();

        assertThat(left()).isEmpty();
    }

    @Test
    void itEndsWithTheThreadThatKeepsItsNetworkAsWhenTheJvmIsKilled() throws Exception {
        leaveSomethingBehind();

        network.close();

        Await.until(() -> left().isEmpty(), DEADLINE, () -> "still there: " + left());
    }

    private void leaveSomethingBehind() throws Exception {
        Commands.run(
                host, DEADLINE, "bash", "-c",
                "setsid bash -c 'while :; do sleep 1; done' \"$1\" &> /dev/null & disown",
                "daemon", directory.toString());
        Await.until(() -> !left().isEmpty(), DEADLINE, () -> "the daemon does not run");
    }

    private List<String> left() {
        return ProcessHandle.allProcesses().map(p -> p.info().commandLine().orElse(""))
                .filter(line -> line.contains("while") && line.contains(directory.toString())).toList();
    }
}
