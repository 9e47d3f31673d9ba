package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A node serves images as network block devices. */
class NbdTest extends LazyTest {
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    @Test
    void aCopiedDeviceIsTheOneThatIsBuiltOffline() throws Exception {
        Requires.programs("nbdcopy", "nbdinfo");
        int port = Ports.free();
        startNode("--nbd", "127.0.0.1:" + port);
        Path work = scene.workspace().directory("copies");
        Path built = work.resolve("built");
        Path copied = work.resolve("copied");

        LighterProcess.run(DEADLINE, "image", "build", "oci:" + scene.image().layout(), built.toString()).orFail();
        URI export = URI.create("nbd://127.0.0.1:" + port + "/" + scene.reference());
        Programs.run(DEADLINE, "nbdinfo", export.toString()).orFail();
        Programs.run(DEADLINE, "nbdcopy", export.toString(), copied.toString()).orFail();

        assertThat(Files.mismatch(copied, built)).isEqualTo(-1);
        Programs.run(DEADLINE, "nbdinfo", "nbd://127.0.0.1:" + port + "/" + scene.image().manifest()).orFail();
        assertThat(node.image().localBytes()).isEqualTo(node.image().length());
    }
}
