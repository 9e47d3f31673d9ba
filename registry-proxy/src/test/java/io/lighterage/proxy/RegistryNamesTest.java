package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Repository;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryNamesTest {
    private final RegistryNames names = new RegistryNames("docker.io", Set.of("registry"));

    @ParameterizedTest
    @CsvSource({
        "quay.io, coreos/etcd, quay.io, coreos/etcd",
        "docker.io, library/debian, docker.io, library/debian",
        "docker.io, debian, docker.io, library/debian",
        "registry-1.docker.io, debian, docker.io, library/debian",
        "127.0.0.1:5000, app, 127.0.0.1:5000, app",
        "localhost:5000, quay.io/app, localhost:5000, quay.io/app"
    })
    void containerdNamesTheRegistryInNs(String ns, String name, String registry, String repository) {
        assertThat(names.resolve(Optional.of(ns), name)).isEqualTo(new Repository(registry, repository));
    }

    @ParameterizedTest
    @CsvSource({
        "quay.io/coreos/etcd, quay.io, coreos/etcd",
        "localhost/app, localhost, app",
        "127.0.0.1:5000/a/b/c, 127.0.0.1:5000, a/b/c",
        "[::1]:5000/app, [::1]:5000, app",
        "registry/app, registry, app",
        "docker.io/debian, docker.io, library/debian"
    })
    void podmanPutsTheRegistryInFrontOfTheName(String path, String registry, String repository) {
        assertThat(names.resolve(Optional.empty(), path)).isEqualTo(new Repository(registry, repository));
    }

    @ParameterizedTest
    @CsvSource({"library/debian, library/debian", "debian, library/debian", "grafana/grafana, grafana/grafana"})
    void dockerdMeansTheDefaultRegistry(String path, String repository) {
        assertThat(names.resolve(Optional.empty(), path)).isEqualTo(new Repository("docker.io", repository));
    }

    @Test
    void aNameOfOnePartStaysAsItIsWhereTheDefaultIsNotDockerHub() {
        RegistryNames local = new RegistryNames("127.0.0.1:5000", Set.of());
        assertThat(local.resolve(Optional.empty(), "app")).isEqualTo(new Repository("127.0.0.1:5000", "app"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "a//b", "../etc", "a/../b", "UPPER", "a b", "a%2fb", "quay.io/", "quay.io/../x", "-a", "a/"})
    void aNameThatNoRegistryCanHaveIsRefused(String name) {
        assertThatThrownBy(() -> names.resolve(Optional.empty(), name)).isInstanceOf(InvalidReferenceException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://quay.io", "quay.io/x", "a b", "quay.io:port", "../x"})
    void anNsThatIsNoHostIsRefusedByName(String ns) {
        assertThatThrownBy(() -> names.resolve(Optional.of(ns), "app"))
                .isInstanceOf(InvalidReferenceException.class)
                .hasMessageContaining("\"" + ns + "\"");
    }
}
