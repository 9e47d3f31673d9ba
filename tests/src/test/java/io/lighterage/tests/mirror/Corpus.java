package io.lighterage.tests.mirror;

import io.lighterage.peer.content.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Generates the requests: every kind of target, with every kind of condition that it knows, by GET and HEAD. */
final class Corpus {
    private static final String NOWHERE = "sha256:" + "0".repeat(64);
    private static final List<String> RANGES = List.of(
            "bytes=0-0", "bytes=5-", "bytes=-10", "bytes=0-99,200-299", "bytes=100-199,0-9,-50", "bytes=0-100,50-200",
            "bytes=99999999-", "bytes=10-5", "bytes=x-y", "lines=1-2", "bytes=-0", "bytes=0-99999999");

    private final List<Probe> probes = new ArrayList<>();
    private final Cargo cargo;
    private final String base;

    private Corpus(Cargo cargo) {
        this.cargo = cargo;
        this.base = "/v2/" + cargo.repository() + "/";
    }

    /** The requests for one cargo, in an order that is always the same and has no system. */
    static List<Probe> of(Cargo cargo) {
        Corpus corpus = new Corpus(cargo);
        corpus.manifests();
        corpus.blobs();
        corpus.lists();
        corpus.names();
        corpus.pushes();
        Collections.shuffle(corpus.probes, new Random(11));
        return List.copyOf(corpus.probes);
    }

    private void both(String path, String... headers) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            map.put(headers[i], headers[i + 1]);
        }
        probes.add(new Probe("GET", path, map));
        probes.add(new Probe("HEAD", path, map));
    }

    private void manifests() {
        List<String> all = List.of(Cargo.OCI, Cargo.INDEX, Cargo.DOCKER, Cargo.LIST);
        cargo.manifests().forEach((tag, manifest) -> {
            String other = manifest.type().equals(Cargo.OCI) ? Cargo.INDEX : Cargo.OCI;
            for (String reference : List.of(tag, manifest.digest())) {
                String path = base + "manifests/" + reference;
                both(path);
                for (String accept : List.of(
                        "*/*", "application/*", manifest.type(), String.join(", ", all), other,
                        "text/html, " + manifest.type() + "; q=0.5")) {
                    both(path, "Accept", accept);
                }
            }
            String etag = "\"" + manifest.digest() + "\"";
            for (String match : List.of(etag, "W/" + etag, "*", "\"other\"", "\"other\", " + etag)) {
                both(base + "manifests/" + tag, "Accept", manifest.type(), "If-None-Match", match);
            }
        });
        for (String reference : List.of(
                "nothing", NOWHERE, ".bad", "a".repeat(129), "sha256:12", "sha256:" + "0".repeat(63))) {
            both(base + "manifests/" + reference, "Accept", String.join(", ", all));
        }
    }

    private void blobs() {
        for (String digest : cargo.blobs().keySet()) {
            String path = base + "blobs/" + digest;
            // The registry names every blob by its sha256, by whichever name it is asked for.
            String etag = "\"" + Digest.of(cargo.blobs().get(digest)) + "\"";
            both(path);
            both(path, "Accept-Encoding", "gzip", "Accept", "application/vnd.oci.image.layer.v1.tar+gzip");
            RANGES.forEach(range -> both(path, "Range", range));
            both(path, "If-None-Match", etag);
            both(path, "If-None-Match", "*");
            both(path, "If-None-Match", "W/" + etag);
            both(path, "If-None-Match", "\"other\"");
            both(path, "If-Match", etag);
            both(path, "If-Match", "\"other\"");
            both(path, "Range", "bytes=3-9", "If-Range", etag);
            both(path, "Range", "bytes=3-9", "If-Range", "\"other\"");
            both(path, "Range", "bytes=3-9", "If-Range", "W/" + etag);
            both(path, "If-Modified-Since", "Thu, 01 Jan 2032 00:00:00 GMT");
        }
        for (String digest : List.of(
                NOWHERE, "sha512:" + "0".repeat(128), "sha256:12", "latest", "sha256:" + "G".repeat(64))) {
            both(base + "blobs/" + digest);
        }
    }

    private void lists() {
        for (String query : List.of(
                "", "?n=2", "?n=1000", "?n=2&last=docker", "?last=zzz", "?n=0", "?n=x", "?unknown=1")) {
            both(base + "tags/list" + query);
        }
        for (String query : List.of("", "?artifactType=application%2Fvnd.example.sbom", "?artifactType=none&n=1")) {
            both(base + "referrers/" + cargo.manifests().get("oci").digest() + query);
        }
        both(base + "referrers/" + NOWHERE);
        both("/v2/corpus/nobody/tags/list");
        both("/v2/corpus/nobody/manifests/latest", "Accept", Cargo.OCI);
        both("/v2/corpus/nobody/blobs/" + cargo.blobs().keySet().iterator().next());
    }

    private void names() {
        String name = cargo.repository();
        String digest = cargo.blobs().keySet().iterator().next();
        both("/v2/");
        both("/v2");
        both("/v2/" + name.replace("/", "%2F") + "/manifests/oci", "Accept", Cargo.OCI);
        both(base + "manifests/%6Fci", "Accept", Cargo.OCI);
        both(base + "blobs/" + digest.replace(":", "%3A"));
        both(base + "blobs/" + digest.replace(":", "%3a"));
        both("/v2/" + name.replace("c", "%63") + "/tags/list");
        for (String bad : List.of(
                "UPPER/case", "-a/b", "a..b", "a/_b", "a%20b", "a%00b", "a+b", "..%2F..%2Fetc", "a%ff")) {
            both("/v2/" + bad + "/manifests/latest", "Accept", Cargo.OCI);
            both("/v2/" + bad + "/tags/list");
        }
        both("/v2/" + "n".repeat(255) + "/tags/list");
        both("/v2/" + "n".repeat(256) + "/tags/list");
        both("/v2/a/b/c/nothing/here");
    }

    private void pushes() {
        String digest = cargo.blobs().keySet().iterator().next();
        probes.add(new Probe("POST", base + "blobs/uploads/", Map.of()));
        probes.add(new Probe("PUT", base + "manifests/pushed", Map.of("Content-Type", Cargo.OCI)));
        probes.add(new Probe("PATCH", base + "blobs/uploads/1", Map.of()));
        probes.add(new Probe("DELETE", base + "manifests/" + NOWHERE, Map.of()));
        probes.add(new Probe("POST", base + "blobs/uploads/?mount=" + digest + "&from=a/b", Map.of()));
    }
}
