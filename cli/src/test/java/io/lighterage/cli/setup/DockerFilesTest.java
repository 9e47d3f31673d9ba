package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.cli.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerFilesTest {
    private static final String DAEMON = "/etc/docker/daemon.json";

    @TempDir
    private Path root;

    private HostTree host;

    @BeforeEach
    void emptyHost() {
        host = new HostTree(root);
    }

    @Test
    void aHostWithoutTheFileGetsIt() throws IOException {
        host.setup(Engine.docker, "docker.io");
        assertThat(host.read(DAEMON)).isEqualTo("{\n  \"registry-mirrors\": [\"http://127.0.0.1:8102\"]\n}\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            {}                                       | {~  "registry-mirrors": ["M"]~}
            {  }                                     | {~  "registry-mirrors": ["M"]~}
            {"a":1.50}                               | {"registry-mirrors": ["M"], "a":1.50}
            {~    "a": 1e400,~    "b": []~}~         | {~    "registry-mirrors": ["M"],~    "a": 1e400,~    "b": []~}~
            {"registry-mirrors":[]}                  | {"registry-mirrors":["M"]}
            {"a":{"registry-mirrors":[]}}            | {"registry-mirrors": ["M"], "a":{"registry-mirrors":[]}}
            {"a":[{}], "registry-mirrors":["N"]}     | {"a":[{}], "registry-mirrors":["M", "N"]}
            {"registry-mirrors": [~    "N"~  ]}      | {"registry-mirrors": [~    "M",~    "N"~  ]}
            {"registry-mirrors": ["N", "M/"]}        | {"registry-mirrors": ["N", "M/"]}
            """)
    void theMirrorIsPutInAndTheRestStaysAsItIs(String before, String after) throws IOException {
        host.with(DAEMON, text(before)).setup(Engine.docker, "docker.io");
        assertThat(host.read(DAEMON)).isEqualTo(text(after));
    }

    private static String text(String form) {
        return form.replace("~", "\n").replace("M", "http://127.0.0.1:8102").replace("N", "https://n.example.com");
    }

    @Test
    void anotherMirrorComesBeforeTheFirst() throws IOException {
        host.setup(Engine.docker, "docker.io");
        host.setup(Engine.docker, HostPort.parse("[::1]:9000"), "docker.io");
        assertThat(host.read(DAEMON)).contains("[\"http://[::1]:9000\", \"http://127.0.0.1:8102\"]");
        host.undo(Engine.docker);
        assertThat(host.all()).containsOnlyKeys("/");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\n \"a\": tru }", "{\"a\":1}}", "[]", "{\"a\":1,\"a\":2}", "{\"registry-mirrors\": \"http://m\"}",
        "\"text\"", "{"
    })
    void aMalformedFileIsRefusedAndStays(String text) throws IOException {
        host.with(DAEMON, text);
        assertThatThrownBy(() -> host.setup(Engine.docker, "docker.io"))
                .isInstanceOf(SetupException.class)
                .hasMessageStartingWith(DAEMON);
        assertThat(host.read(DAEMON)).isEqualTo(text);
    }

    @Test
    void thePlaceOfAMistakeIsNamed() {
        host.with(DAEMON, "{\n  \"a\": tru\n}");
        assertThatThrownBy(() -> host.setup(Engine.docker, "docker.io")).message().startsWith(DAEMON + ":2:");
    }

    @Test
    void anotherRegistryIsRefusedBecauseDockerHasNoMirrorsForIt() {
        assertThatThrownBy(() -> host.setup(Engine.docker, "quay.io"))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining("127.0.0.1:8102/quay.io/NAME");
    }
}
