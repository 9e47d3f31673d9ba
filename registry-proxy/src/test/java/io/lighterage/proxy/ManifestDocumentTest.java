package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.proxy.ManifestDocument.BadManifestException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestDocumentTest {
    private static final Digest CONFIG = Digest.of(new byte[] {1});
    private static final Digest LAYER = Digest.of(new byte[] {2});
    private static final String IMAGE = "{'schemaVersion':2,%s'config':{'mediaType':'c','digest':'" + CONFIG
            + "','size':7},'layers':[{'annotations':{'a':'b'},'digest':'" + LAYER + "','size':5000000000}]}";

    @Test
    void aManifestSaysHowLongItsConfigAndLayersAre() throws BadManifestException {
        ManifestDocument document = read(IMAGE.formatted(""), "");
        assertThat(document.mediaType()).isEqualTo(ManifestDocument.OCI_MANIFEST);
        assertThat(document.sizes()).containsEntry(CONFIG, 7L).containsEntry(LAYER, 5_000_000_000L).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'manifests':[]} | application/vnd.oci.image.index.v1+json",
        "{'config':{},'layers':[]} | application/vnd.oci.image.manifest.v1+json",
        "{'schemaVersion':1,'fsLayers':[],'signatures':[{'protected':'eyJmb3JtYXRMZW5ndGgiOjIwLCJmb3JtYXRUYWlsIjoiZlEifQ'}]}"
                + " | application/vnd.docker.distribution.manifest.v1+prettyjws",
        "{'mediaType':'application/vnd.docker.distribution.manifest.list.v2+json','manifests':[]}"
                + " | application/vnd.docker.distribution.manifest.list.v2+json"
    })
    void withoutContentTypeTheKindIsThatOfTheContent(String json, String type) throws BadManifestException {
        assertThat(read(json, "").mediaType()).isEqualTo(type);
        assertThat(read(json, "application/json; charset=utf-8").mediaType()).isEqualTo(type);
        assertThat(read(json, type).mediaType()).isEqualTo(type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "null", "\"x\"", "{", "{}", "{} {}", "<html>", "{'layers':[]}",
                "{'schemaVersion':1,'fsLayers':[],'signatures':[]}", "{'schemaVersion':2}",
                "{'mediaType':'text/html','config':{},'layers':[]}", "{'manifests':[],'manifests':[]}",
                "{'manifests':[],'config':{},'layers':[]}",
                "{'config':{'digest':'sha256:xyz','size':1},'layers':[]}"})
    void whatIsNoManifestIsRefused(String json) {
        assertThatThrownBy(() -> read(json, "")).isInstanceOf(BadManifestException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {ManifestDocument.OCI_INDEX, ManifestDocument.SCHEMA1, "text/html", "image/png"})
    void anImageManifestThatCameAsSomethingElseIsRefusedByThatName(String type) {
        assertThatThrownBy(() -> read(IMAGE.formatted(""), type))
                .isInstanceOf(BadManifestException.class)
                .hasMessageContaining(type);
    }

    @Test
    void aTypeOtherThanTheDocumentClaimsOfItselfIsRefused() {
        String json = IMAGE.formatted("'mediaType':'" + ManifestDocument.DOCKER_MANIFEST + "',");
        assertThatThrownBy(() -> read(json, ManifestDocument.OCI_MANIFEST))
                .isInstanceOf(BadManifestException.class)
                .hasMessageContaining(ManifestDocument.DOCKER_MANIFEST);
    }

    @Test
    void deepNestingIsRefusedInsteadOfOverflowingTheStack() {
        assertThatThrownBy(() -> read("{'a':" + "[".repeat(1 << 20), "")).isInstanceOf(BadManifestException.class);
    }

    private static ManifestDocument read(String json, String type) throws BadManifestException {
        return ManifestDocument.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), type);
    }
}
