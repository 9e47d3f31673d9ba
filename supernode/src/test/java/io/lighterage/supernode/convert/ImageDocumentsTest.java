package io.lighterage.supernode.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ImageDocumentsTest {
    private static final String IMAGE = "registry.test/team/app:1";
    private static final Digest CONFIG = Digest.of(new byte[] {1});
    private static final Digest LAYER = Digest.of(new byte[] {2});
    private static final Digest DIFF_ID = Digest.of(new byte[] {3});
    private static final String INDEX = """
            {"schemaVersion": 2, "manifests": [
              {"digest": "%s", "platform": {"os": "unknown", "architecture": "unknown"}},
              {"digest": "%s", "platform": {"os": "linux", "architecture": "amd64"}},
              {"digest": "%s", "platform": {"os": "linux", "architecture": "arm", "variant": "v6"}},
              {"digest": "%s", "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},
              {"digest": "%s", "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
              {"digest": "%s"},
              null
            ]}""".formatted(Stream.of(10, 11, 12, 13, 14, 15).map(ImageDocumentsTest::digest).toArray());

    private static Digest digest(int number) {
        return Digest.of(new byte[] {(byte) number});
    }

    private static ImageDocuments.Manifest manifest(String json) throws ConversionException {
        return ImageDocuments.manifest(IMAGE, json.getBytes(StandardCharsets.UTF_8));
    }

    private static String chosen(String index, String platform) throws ConversionException {
        return ImageDocuments.choose(IMAGE, manifest(index), Platform.parse(platform)).digest();
    }

    private static String image(String layers) {
        return "{\"schemaVersion\": 2, \"config\": {\"digest\": \"" + CONFIG + "\"}, \"layers\": [" + layers + "]}";
    }

    private static String layer(Object digest) {
        return "{\"mediaType\": \"application/vnd.oci.image.layer.v1.tar\", \"size\": 9, \"digest\": \"" + digest
                + "\"}";
    }

    private static String config(Object... diffIds) {
        return "{\"rootfs\": {\"diff_ids\": ["
                + Stream.of(diffIds).map(id -> "\"" + id + "\"").collect(Collectors.joining(",")) + "]}}";
    }

    private interface Reading {
        void run() throws ConversionException;
    }

    private static void refused(int status, Reading reading, String... saying) {
        assertThatExceptionOfType(ConversionException.class)
                .isThrownBy(reading::run)
                .withMessageContainingAll(saying)
                .matches(e -> e.status() == status, "status " + status);
    }

    @Test
    void anIndexIsReadForThePlatformThatIsWanted() throws Exception {
        assertThat(manifest(INDEX).isIndex()).isTrue();
        assertThat(chosen(INDEX, "linux/amd64")).isEqualTo(digest(11).toString());
        assertThat(chosen(INDEX, "linux/arm/v7")).isEqualTo(digest(13).toString());
        assertThat(chosen(INDEX, "linux/arm64/v8")).isEqualTo(digest(14).toString());
    }

    @Test
    void whereNoVariantIsWantedTheFirstOneOfTheArchitectureIsTaken() throws Exception {
        assertThat(chosen(INDEX, "linux/arm")).isEqualTo(digest(12).toString());
        assertThat(chosen(INDEX, "linux/arm64")).isEqualTo(digest(14).toString());
    }

    @Test
    void anArm64WithoutVariantIsV8() throws Exception {
        String index = INDEX.replace(", \"variant\": \"v8\"", "");

        assertThat(chosen(index, "linux/arm64/v8")).isEqualTo(digest(14).toString());
    }

    @Test
    void aPlatformThatAnIndexLacksIsNotFoundAndThoseItHasAreNamed() {
        refused(404, () -> chosen(INDEX, "linux/riscv64"), IMAGE + " has no image for linux/riscv64", "linux/arm/v7");
        refused(404, () -> chosen(INDEX, "linux/arm/v5"), IMAGE, "linux/arm/v5");
        refused(404, () -> chosen("{\"schemaVersion\": 2, \"manifests\": []}", "linux/amd64"), IMAGE);
    }

    @Test
    void layersAndDiffIdsBelongTogetherByTheirOrder() throws Exception {
        ImageDocuments.Manifest manifest = manifest(image(layer(LAYER) + "," + layer(CONFIG)));

        assertThat(ImageDocuments.layers(IMAGE, manifest, config(DIFF_ID, LAYER).getBytes(StandardCharsets.UTF_8)))
                .extracting(l -> l.digest() + " " + l.diffId())
                .containsExactly(LAYER + " " + DIFF_ID, CONFIG + " " + LAYER);
    }

    @Test
    void documentsThatAreNotOfAnImageAreUnfit() {
        int unfit = ConversionException.UNFIT;
        refused(unfit, () -> manifest("{\"schemaVersion\": 1}"), IMAGE, "schema 1");
        refused(unfit, () -> manifest("{\"schemaVersion\": 2}"), IMAGE, "neither");
        refused(unfit, () -> manifest("null"), IMAGE, "empty");
        refused(unfit, () -> manifest("{"), IMAGE, "cannot be understood");
        refused(unfit, () -> manifest("{\"layers\": [], \"layers\": []}"), IMAGE, "cannot be understood");
        refused(unfit, () -> layers(image(layer(LAYER)), config()), IMAGE, "1 layers", "0 diff_ids");
        refused(unfit, () -> layers(image(""), config()), IMAGE, "0 layers");
        refused(unfit, () -> layers(image("null"), config(DIFF_ID)), "layer 0 of " + IMAGE);
        refused(unfit, () -> layers(image(layer("md5:1")), config(DIFF_ID)), "layer 0 of " + IMAGE);
        refused(unfit, () -> layers(image(layer(LAYER)), config("x")), "diff_id 0 of " + IMAGE);
        refused(unfit, () -> layers(image(layer(LAYER)), "{}"), IMAGE, "no rootfs");
    }

    private static void layers(String manifest, String config) throws ConversionException {
        ImageDocuments.layers(IMAGE, manifest(manifest), config.getBytes(StandardCharsets.UTF_8));
    }
}
