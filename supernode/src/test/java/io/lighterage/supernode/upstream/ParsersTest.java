package io.lighterage.supernode.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParsersTest {
    @Test
    void challengesAreReadAsTheSpecificationsHaveThem() {
        List<Challenge> found = Challenge.parse(List.of(
                "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                        + "scope=\"repository:a/b:pull,push\"",
                "Negotiate, Basic realm=\"a \\\"quoted\\\" one\", charset=UTF-8"));

        assertThat(found).containsExactly(
                new Challenge("bearer", Map.of(
                        "realm", "https://auth.docker.io/token",
                        "service", "registry.docker.io",
                        "scope", "repository:a/b:pull,push")),
                new Challenge("negotiate", Map.of()),
                new Challenge("basic", Map.of("realm", "a \"quoted\" one", "charset", "UTF-8")));
    }

    @Test
    void contentRangesAreReadStrictly() {
        assertThat(ContentRange.parse("bytes 0-9/100").orElseThrow().total()).hasValue(100);
        assertThat(ContentRange.parse("bytes 5-9/*").orElseThrow().total()).isEmpty();
        assertThat(ContentRange.parse("bytes */7").orElseThrow().first()).isEqualTo(-1);
        for (String bad : List.of(
                "", "bytes 9-5/100", "bytes 0-100/100", "items 0-9/100", "bytes 0-/1", "bytes -1-2/3")) {
            assertThat(ContentRange.parse(bad)).as(bad).isEmpty();
        }
    }

    @Test
    void retryAfterHasSecondsOrADate() {
        assertThat(Sender.retryAfter("12")).contains(Duration.ofSeconds(12));
        assertThat(Sender.retryAfter("Thu, 01 Jan 2015 00:00:00 GMT")).contains(Duration.ZERO);
        assertThat(Sender.retryAfter("soon")).isEmpty();
    }

    @Test
    void upstreamsAreReadFromTheCommandLine() {
        UpstreamConfig config = UpstreamConfig.defaults().toBuilder()
                .upstream("reg.example:5000=http://10.0.0.1:5000,https://b.example")
                .build();
        RegistryEndpoints endpoints = RegistryEndpoints.direct(config.upstreams());

        assertThat(endpoints.of("reg.example:5000"))
                .extracting(RegistryEndpoint::base)
                .containsExactly(URI.create("http://10.0.0.1:5000"), URI.create("https://b.example"));
        assertThat(endpoints.of("quay.io").getFirst().base()).isEqualTo(URI.create("https://quay.io"));
        assertThat(endpoints.of("docker.io").getFirst().base()).isEqualTo(URI.create("https://registry-1.docker.io"));
        for (String bad : List.of("nothing", "=http://x", "a=ftp://x", "a=http://", "a=http://u:secret@x",
                "a=http://x,", "a=http://x,ftp://y")) {
            assertThatThrownBy(() -> UpstreamConfig.defaults().toBuilder().upstream(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("secret");
        }
    }
}
