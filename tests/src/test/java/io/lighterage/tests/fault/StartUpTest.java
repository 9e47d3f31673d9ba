package io.lighterage.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot start says why in one line that names the cause, and ends with a status that scripts can tell apart. */
class StartUpTest {
    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final int FAILURE = 1;
    private static final int WRONG_USAGE = 2;

    private Workspace workspace;

    @BeforeEach
    void makeWorkspace() throws Exception {
        Requires.lighter();
        workspace = Workspace.create();
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    private static Programs.Result supernode(Path data, int httpPort) throws Exception {
        return LighterProcess.run(
                DEADLINE,
                "supernode", "--data", data.toString(), "--http", "127.0.0.1:" + httpPort,
                "--exchange", "127.0.0.1:" + Ports.free());
    }

    @Test
    void aDataDirectoryOfARunningProcessIsRefused() throws Exception {
        LighterProcess running = LighterProcess.supernode(workspace, Map.of());
        Programs.Result second = supernode(running.data(), Ports.free());
        assertThat(second.status()).isEqualTo(FAILURE);
        assertThat(second.err().strip()).contains(running.data().toString()).doesNotContain("\tat ");
    }

    @Test
    void aDataDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Path file = Files.writeString(workspace.directory("place").resolve("file"), "not a directory");
        Programs.Result result = supernode(file.resolve("data"), Ports.free());
        assertThat(result.status()).isEqualTo(FAILURE);
        assertThat(result.err().strip()).contains(file.toString()).doesNotContain("\tat ");
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Programs.Result result = supernode(workspace.directory("data"), other.getLocalPort());
            assertThat(result.status()).isEqualTo(FAILURE);
            assertThat(result.err().strip())
                    .contains(Integer.toString(other.getLocalPort()))
                    .doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "supernode --no-such-flag",
        "supernode --data",
        "supernode --data /tmp/x --http 127.0.0.1:notaport",
        "supernode --data /tmp/x --upstream docker.io",
        "node --data /tmp/x --supernode not:a:url",
        "no-such-command"
    })
    void wrongUsageIsToldApartFromFailure(String arguments) throws Exception {
        Programs.Result result = LighterProcess.run(DEADLINE, arguments.split(" "));
        assertThat(result.status()).isEqualTo(WRONG_USAGE);
        assertThat(result.err()).isNotBlank().doesNotContain("\tat ");
    }
}
