package io.lighterage.tests.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.ConversionProgress.State;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreStatistics;
import io.lighterage.supernode.convert.ConversionException;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.SlowUpstream;
import io.lighterage.tests.support.TreeImage;
import io.lighterage.tests.support.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class ConversionTest {
    private static final int LAYER_BYTES = 1 << 20;

    private Workspace workspace;
    private DockerRegistry registry;
    private Converter converter;

    @BeforeEach
    void open() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo");
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        converter = Converter.open(data(), registry.url());
    }

    @AfterEach
    void close() throws Exception {
        if (converter != null) {
            converter.close();
        }
        if (workspace != null) {
            workspace.close();
        }
    }

    private Path data() throws Exception {
        return workspace.directory("data");
    }

    private void restart() throws Exception {
        converter.close();
        converter = Converter.open(data(), registry.url());
    }

    private OciImage push(String name, int layers, long seed) throws Exception {
        OciImage image = Images.random(workspace, "image-" + seed, layers, LAYER_BYTES, seed);
        registry.push(image, name);
        return image;
    }

    private ConversionProgress progress(String name) {
        return converter.conversions.progress().stream()
                .filter(one -> one.image().equals(Converter.reference(name).toString()))
                .findFirst()
                .orElseThrow();
    }

    private static void assertRefused(int status, String why, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(ConversionException.class, e -> assertThat(e.status()).isEqualTo(status));
    }

    @Test
    void anImageOfAllKindsOfFilesBecomesADeviceThatFsckAccepts() throws Exception {
        Requires.programs("debootstrap", "tar", "setcap", "fsck.erofs");
        OciImage image = TreeImage.get();
        registry.push(image, "team/tree:1");
        DeviceMap map = converter.convert("team/tree:1");
        assertThat(map.image()).isEqualTo(image.manifest());
        assertThat(map.extents()).hasSize(3);
        Path device = workspace.directory("device").resolve("image");
        converter.write(map, device);
        assertThat(Files.size(device)).isEqualTo(map.length());
        Programs.run(Duration.ofMinutes(1), "fsck.erofs", device.toString()).orFail();
    }

    @Test
    void anImageIsConvertedOnceHoweverManyAsk() throws Exception {
        OciImage image = push("team/app:1", 3, 1);
        List<Future<DeviceMap>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                answers.add(threads.submit(() -> converter.convert("team/app:1")));
            }
            for (Future<DeviceMap> answer : answers) {
                assertThat(answer.get()).isEqualTo(answers.getFirst().get());
            }
        }
        for (OciImage.Blob blob : image.blobs()) {
            assertThat(registry.bytesSent(blob.digest())).isEqualTo(blob.length());
        }
        assertThat(progress("team/app:1").state()).isEqualTo(State.READY);
        assertThat(progress("team/app:1").layersDone()).isEqualTo(3);
        assertThat(progress("team/app:1").bytes()).isEqualTo(progress("team/app:1").totalBytes());
    }

    @Test
    void askedForAgainNothingIsMadeAgainNorAfterARestartNorWithoutUpstream() throws Exception {
        OciImage image = push("team/app:1", 2, 2);
        DeviceMap map = converter.convert("team/app:1");
        StoreStatistics after = converter.store.statistics();
        assertThat(converter.convert("team/app@" + image.manifest())).isEqualTo(map);
        restart();
        registry.close();
        assertThat(converter.convert("team/app@" + image.manifest())).isEqualTo(map);
        assertThat(converter.convert("team/app:1")).isEqualTo(map);
        assertThat(converter.store.statistics()).isEqualTo(after);
    }

    @Test
    void imagesThatShareLayersShareTheirData() throws Exception {
        List<Path> layers = Images.randomLayers(workspace, "layers", 3, LAYER_BYTES, 3);
        OciImage one = OciImage.create(workspace.directory("one").resolve("oci"), layers.subList(0, 2), "/bin/one");
        OciImage two = OciImage.create(workspace.directory("two").resolve("oci"), layers, "/bin/two");
        OciImage same = OciImage.create(workspace.directory("same").resolve("oci"), layers, "/bin/same");
        registry.push(one, "team/one:1");
        registry.push(two, "team/two:1");
        registry.push(same, "team/same:1");
        DeviceMap first = converter.convert("team/one:1");
        DeviceMap second = converter.convert("team/two:1");
        DeviceMap third = converter.convert("team/same:1");
        assertThat(blobs(second)).containsAll(blobs(first).subList(1, 3));
        assertThat(second.metadata().blob()).isNotEqualTo(first.metadata().blob());
        // The same layers in the same order: all is shared, the metadata too.
        assertThat(blobs(third)).isEqualTo(blobs(second));
        assertThat(third.image()).isNotEqualTo(second.image());
        assertThat(registry.bytesSent(one.blobs().get(1).digest())).isEqualTo(one.blobs().get(1).length());
    }

    private static List<Digest> blobs(DeviceMap map) {
        return map.extents().stream().map(extent -> extent.blob().digest()).toList();
    }

    @Test
    void aLayerThatIsNotWhatTheConfigSaysIsRefusedForAWhile() throws Exception {
        Digest wrong = Digest.of(new byte[] {1});
        OciImage image = Images.random(workspace, "image-4", 2, LAYER_BYTES, 4);
        registry.push(Tampering.withDiffId(image, 1, wrong), "team/liar:1");
        assertRefused(422, wrong.toString(), () -> converter.convert("team/liar:1"));
        int asked = registry.accesses().count();
        assertRefused(422, wrong.toString(), () -> converter.convert("team/liar:1"));
        assertThat(registry.accesses().count()).isEqualTo(asked);
        assertThat(progress("team/liar:1").state()).isEqualTo(State.FAILED);
        assertThat(progress("team/liar:1").error()).contains("team/liar:1", wrong.toString());
    }

    @Test
    void aDiffIdIsCheckedToWhereTheLayerWasConvertedForAnotherImage() throws Exception {
        Digest wrong = Digest.of(new byte[] {1});
        OciImage image = push("team/honest:1", 2, 5);
        converter.convert("team/honest:1");
        registry.push(Tampering.withDiffId(image, 1, wrong), "team/liar:1");
        assertRefused(422, wrong.toString(), () -> converter.convert("team/liar:1"));
    }

    @Test
    void aLayerThatCannotBeUnpackedIsRefusedAndNothingOfItIsKept() throws Exception {
        OciImage image = Images.random(workspace, "image-6", 2, LAYER_BYTES, 6);
        Path layer = image.layout().resolve("blobs/sha256").resolve(image.blobs().get(2).digest().hex());
        byte[] torn = Arrays.copyOf(Files.readAllBytes(layer), LAYER_BYTES / 2);
        registry.push(Tampering.replace(image, 2, torn), "team/torn:1");
        assertRefused(422, Digest.of(torn).toString(), () -> converter.convert("team/torn:1"));
        // The config, the manifest, two layers, the data and entries of the good one.
        assertThat(converter.store.statistics().blobs()).isLessThanOrEqualTo(6);
        assertThat(converter.store.statistics().completeBlobs()).isEqualTo(converter.store.statistics().blobs());
        try (var files = Files.list(data().resolve("new"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aLayerWithOtherBytesThanItsDigestIsNeverConverted() throws Exception {
        OciImage image = push("team/bad:1", 1, 7);
        Digest layer = image.blobs().get(1).digest();
        Path stored = workspace.directory("registry").resolve("blobs/docker/registry/v2/blobs/sha256")
                .resolve(layer.hex().substring(0, 2)).resolve(layer.hex()).resolve("data");
        byte[] bytes = Files.readAllBytes(stored);
        byte[] good = bytes.clone();
        bytes[LAYER_BYTES / 2] ^= 1;
        Files.write(stored, bytes);
        assertThatThrownBy(() -> converter.convert("team/bad:1"))
                .isInstanceOf(ConversionException.class)
                .hasMessageContaining(layer.toString());
        assertThat(converter.store.find(layer).filter(blob -> blob.isComplete())).isEmpty();
        Files.write(stored, good);
        restart();
        assertThat(converter.convert("team/bad:1").image()).isEqualTo(image.manifest());
    }

    @Test
    void aLayerBeyondTheLimitIsRefused() throws Exception {
        push("team/big:1", 1, 8);
        converter.close();
        converter = Converter.open(data(), registry.url(), new LayerLimits(LAYER_BYTES / 2, 200, 1 << 20));
        assertRefused(422, "limit", () -> converter.convert("team/big:1"));
    }

    @Test
    void whatTheRegistryDoesNotHaveIsNotFound() {
        assertRefused(404, "team/none", () -> converter.convert("team/none:1"));
    }

    @Test
    void aRestartInTheMiddleGoesOnAfterTheLayersThatWereFinished() throws Exception {
        List<Path> layers = new ArrayList<>(Images.randomLayers(workspace, "small", 1, LAYER_BYTES, 9));
        layers.addAll(Images.randomLayers(workspace, "large", 1, 30 * LAYER_BYTES, 10));
        OciImage image = OciImage.create(workspace.directory("slow").resolve("oci"), layers, "/bin/true");
        registry.push(image, "team/slow:1");
        converter.close();
        SlowUpstream slow = workspace.own(SlowUpstream.before(registry, workspace.directory("nginx"), 2));
        converter = Converter.open(data(), slow.url());
        converter.begin("team/slow:1");
        Await.until(
                () -> progress("team/slow:1").layersDone() == 1,
                Duration.ofSeconds(30),
                () -> "no layer is done: " + progress("team/slow:1"));
        assertThat(progress("team/slow:1").state()).isEqualTo(State.LAYERS);
        restart();
        Digest first = image.blobs().get(1).digest();
        // Would it be converted again, it would be read again.
        converter.store.delete(first);
        long sent = registry.bytesSent(first);
        assertThat(converter.convert("team/slow:1").image()).isEqualTo(image.manifest());
        assertThat(registry.bytesSent(first)).isEqualTo(sent);
        assertThat(converter.store.find(first)).isEmpty();
    }

    @Test
    void aPreheatBringsAllBlobsInAndConvertsNothing() throws Exception {
        OciImage image = push("team/app:1", 3, 11);
        ConversionProgress end = converter.preheat("team/app:1");
        assertThat(end.state()).isEqualTo(State.READY);
        for (OciImage.Blob blob : image.blobs()) {
            assertThat(converter.store.find(blob.digest()).orElseThrow().isComplete()).isTrue();
        }
        assertThat(converter.store.find(image.manifest())).isPresent();
        assertThat(converter.store.statistics().blobs()).isEqualTo(image.blobs().size() + 1);
    }
}
