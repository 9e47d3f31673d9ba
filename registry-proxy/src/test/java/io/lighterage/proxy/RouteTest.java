package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
    @Test
    void pathsAreUnderstoodFromTheirEnd() {
        assertThat(Route.parse("/v2/")).contains(new Route.Base());
        assertThat(Route.parse("/v2")).contains(new Route.Base());
        assertThat(Route.parse("/v2/a/b/c/manifests/latest")).contains(new Route.Manifest("a/b/c", "latest"));
        assertThat(Route.parse("/v2/a/blobs/sha256:00")).contains(new Route.Blob("a", "sha256:00"));
        assertThat(Route.parse("/v2/a/tags/list")).contains(new Route.Tags("a"));
        assertThat(Route.parse("/v2/a/blobs/uploads/")).contains(new Route.Upload("a", ""));
        assertThat(Route.parse("/v2/a/referrers/sha256:00")).contains(new Route.Referrers("a", "sha256:00"));
    }

    @Test
    void aRepositoryMayBeCalledLikeAnEndpoint() {
        assertThat(Route.parse("/v2/blobs/manifests/tags/manifests/list"))
                .contains(new Route.Manifest("blobs/manifests/tags", "list"));
        assertThat(Route.parse("/v2/manifests/tags/list")).contains(new Route.Tags("manifests"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/v1/", "/v2/a", "/v2/_catalog", "/v2/a/tags/all", "/v2x/a/tags/list",
                "/v2/blobs/sha256:00"})
    void otherPathsAreNone(String path) {
        assertThat(Route.parse(path)).isEmpty();
    }
}
