package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Repository;
import io.lighterage.proxy.Registry;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class UpstreamRegistryTest {
    /** The time-outs of the client itself, half a minute for each of several tries, are far longer than the test's. */
    @Test
    @Timeout(20)
    void aRegistryThatDoesNotAnswerIsGivenUpAtTheDeadlineOfTheRequest() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            URI url = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            UpstreamConfig config = UpstreamConfig.defaults().toBuilder().upstream("silent.test", url).build();
            try (RegistryClient client = new RegistryClient(config)) {
                Registry.Request request = new Registry.Request(
                        Registry.Method.GET, new Repository("silent.test", "app"), "/manifests/1", "", Map.of(),
                        Duration.ofMillis(300));

                assertThatThrownBy(() -> new UpstreamRegistry(client).ask(request))
                        .isInstanceOf(HttpTimeoutException.class)
                        .hasMessageContaining("silent.test/app")
                        .hasMessageContaining("PT0.3S");
            }
        }
    }
}
