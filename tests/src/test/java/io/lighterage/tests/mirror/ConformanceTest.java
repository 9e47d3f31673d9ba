package io.lighterage.tests.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same requests to a real registry directly and through a node have the same answers, cold and warm. */
class ConformanceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> HEADERS = List.of(
            "content-length", "docker-content-digest", "etag", "content-range", "accept-ranges", "link",
            "docker-distribution-api-version", "www-authenticate", "oci-filters-applied", "cache-control");

    /** A name of 255 characters, the most that there may be. */
    private static final String REPOSITORY = "corpus/" + "a".repeat(200) + "/b__c.d-e--f/" + "g".repeat(35);

    private static Workspace workspace;
    private static DockerRegistry registry;
    private static URI node;
    private static Cargo cargo;

    @BeforeAll
    static void startDatacenter() throws Exception {
        Requires.programs("docker-registry");
        Requires.lighter();
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        cargo = Cargo.push(registry.url(), REPOSITORY);
        Map<String, URI> upstreams = Map.of(Mirror.REGISTRY, registry.url());
        LighterProcess supernode = LighterProcess.supernode(workspace, upstreams);
        node = LighterProcess.node(workspace, "node", supernode.http(), upstreams).http();
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void theMirrorCannotBeToldFromTheRegistryColdOrWarm() throws Exception {
        assertThat(REPOSITORY).hasSize(255);
        List<Probe> corpus = Corpus.of(cargo);
        assertThat(corpus).hasSizeGreaterThan(300);
        List<String> wrong = new ArrayList<>();
        Map<Difference, Integer> differing = new EnumMap<>(Difference.class);
        for (String pass : List.of("cold", "warm")) {
            for (Probe probe : corpus) {
                RawHttp.Answer direct = direct(probe);
                RawHttp.Answer mirrored = send(node, probe, probe.pathAt(Mirror.REGISTRY));
                Optional<String> difference = compare(probe, direct, mirrored);
                Optional<Difference> known =
                        Arrays.stream(Difference.values()).filter(one -> one.applies(probe)).findFirst();
                if (difference.isPresent() && known.isPresent() && known.get().statuses().contains(mirrored.status())) {
                    differing.merge(known.get(), 1, Integer::sum);
                } else {
                    difference.ifPresent(text -> wrong.add(pass + " " + probe + ": " + text));
                }
            }
        }
        assertThat(wrong).as("differences without a justification, of %d requests", corpus.size()).isEmpty();
        assertThat(differing.keySet()).containsExactlyInAnyOrder(Difference.values());
    }

    /** The registry announces the blob's length where it refuses a range or a condition in fewer bytes. */
    private static RawHttp.Answer direct(Probe probe) throws IOException {
        try {
            return send(registry.url(), probe, probe.path());
        } catch (RawHttp.BrokenOffException e) {
            assertThat(e.answer().status()).as("%s at the registry", probe).isIn(412, 416);
            return e.answer();
        }
    }

    private static RawHttp.Answer send(URI server, Probe probe, String path) throws IOException {
        byte[] body = probe.method().equals("PUT") ? cargo.manifests().get("oci").content() : new byte[0];
        return RawHttp.send(server, probe.method(), path, probe.headers(), body);
    }

    /** What differs of that which matters, if anything does. */
    private static Optional<String> compare(Probe probe, RawHttp.Answer direct, RawHttp.Answer mirrored)
            throws IOException {
        if (direct.status() != mirrored.status()) {
            return Optional.of("status " + mirrored.status() + " instead of " + direct.status()
                    + " " + mirrored.text());
        }
        if (direct.status() >= 400) {
            return compareErrors(probe, direct, mirrored);
        }
        String type = mediaType(direct);
        if (!type.equals(mediaType(mirrored)) && direct.status() != 304) {
            return Optional.of("type " + mediaType(mirrored) + " instead of " + type);
        }
        boolean several = type.equals("multipart/byteranges");
        // The registry makes and signs such a manifest anew at every request: two of its own answers differ as well.
        boolean signed = type.equals("application/vnd.docker.distribution.manifest.v1+prettyjws");
        for (String header : direct.status() == 304 ? List.<String>of() : HEADERS) {
            boolean variable = (several || signed) && header.equals("content-length");
            String expected = direct.headers().get(header);
            if (expected != null && !variable && !expected.equals(mirrored.headers().get(header))) {
                return Optional.of(header + " " + mirrored.headers().get(header) + " instead of " + expected);
            }
        }
        boolean same = several
                ? withoutBoundary(direct).equals(withoutBoundary(mirrored))
                : signed || Arrays.equals(direct.body(), mirrored.body());
        return same ? Optional.empty() : Optional.of("other bytes");
    }

    /**
     * An error of the registry that has the specification's form comes with its code; one that has not, gets the form.
     */
    private static Optional<String> compareErrors(Probe probe, RawHttp.Answer direct, RawHttp.Answer mirrored)
            throws IOException {
        if (probe.method().equals("HEAD")) {
            return Optional.empty();
        }
        JsonNode error = JSON.readTree(mirrored.body()).path("errors").path(0);
        if (!mediaType(mirrored).equals("application/json") || error.path("code").asText().isEmpty()) {
            return Optional.of("no error in the specification's form: " + mirrored.text());
        }
        if (!mediaType(direct).equals("application/json")) {
            return Optional.empty();
        }
        String code = JSON.readTree(direct.body()).path("errors").path(0).path("code").asText();
        return code.equals(error.path("code").asText())
                ? Optional.empty()
                : Optional.of("error " + error + " instead of " + code);
    }

    private static String mediaType(RawHttp.Answer answer) {
        return answer.header("content-type").orElse("").replaceFirst(";.*", "").strip();
    }

    private static String withoutBoundary(RawHttp.Answer answer) {
        String boundary = answer.header("content-type").orElseThrow().replaceFirst(".*boundary=", "");
        return new String(answer.body(), StandardCharsets.ISO_8859_1)
                .replace(boundary, "BOUNDARY")
                .strip();
    }
}
