package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.blockdev.prefetch.TraceDocument;
import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.TreeImage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one start of an image read is at the next node before it is read, and bad traces change nothing. */
class TraceTest extends LazyTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String SHELL = "usr/bin/bash";

    private URI traces(Digest manifest) {
        return scene.supernode().traces(scene.reference(), manifest);
    }

    private Trace trace(Digest manifest) throws Exception {
        return TraceDocument.parse(Http.get(traces(manifest)));
    }

    private static void read(Path mounted) throws Exception {
        assertThat(Files.readAllBytes(mounted.resolve(TreeImage.SMALL))).isNotEmpty();
        assertThat(Files.readAllBytes(mounted.resolve(SHELL))).isNotEmpty();
    }

    @Test
    void theNextNodeHasWhatAStartReads() throws Exception {
        startNode(LazyScene.NO_PULL);
        Digest manifest = scene.image().manifest();
        Path first = scene.mountPoint("first");
        node.mount(scene.reference(), first);
        read(first);
        long demanded = node.image().onDemandBytes();
        assertThat(node.image().tracedBytes()).isZero();
        node.unmount(first);
        Await.until(
                () -> Http.status(traces(manifest)) == 200, DEADLINE, () -> "no trace:\n" + node.process().log());

        LazyNode next = scene.node("next", LazyScene.NO_PULL);
        Path second = scene.mountPoint("second");
        next.mount(scene.reference(), second);
        Await.until(
                () -> next.process().log().contains("of its trace are here"),
                DEADLINE,
                () -> "the trace was not followed:\n" + next.process().log());
        read(second);
        ImageStatus image = next.image();
        assertThat(image.onDemandBytes()).isZero();
        assertThat(image.tracedBytes()).isPositive().isLessThanOrEqualTo(demanded);
        assertThat(image.neededBytes()).isPositive().isLessThanOrEqualTo(image.readBytes());

        LazyNode without = scene.node("without", "--no-traces", "--prefetch-delay", "86400");
        Path third = scene.mountPoint("third");
        without.mount(scene.reference(), third);
        read(third);
        assertThat(without.image().tracedBytes()).isZero();
        assertThat(without.image().onDemandBytes()).isPositive();

        anImageThatSharesALayerHasATraceToo(next);
        // The second start is told too; only then the trace stays as it is.
        Await.until(
                () -> metrics().contains("lighterage_traces_received_total{result=\"learned\"} 2.0"),
                DEADLINE,
                () -> "the second start was not told:\n" + next.process().log());
        badTracesAreRefusedAndCounted(manifest);
    }

    private void anImageThatSharesALayerHasATraceToo(LazyNode at) throws Exception {
        OciImage base = OciImage.create(
                scene.workspace().directory("base").resolve("oci"), List.of(Images.debianBase()), "/bin/true");
        String reference = scene.push(base, "2");
        at.mount(reference, scene.mountPoint("base"));

        DeviceMap device = DeviceMapDocument.parse(Http.get(scene.supernode().about("/api/v1/devices", reference)));
        Trace composed = trace(base.manifest());

        assertThat(composed.entries())
                .isNotEmpty()
                .allMatch(entry -> entry.blob().equals(device.extents().get(1).blob().digest()));
        assertThat(composed.entries()).hasSizeLessThan(trace(scene.image().manifest()).entries().size());
    }

    private void badTracesAreRefusedAndCounted(Digest manifest) throws Exception {
        Trace known = trace(manifest);
        Trace foreign = new Trace(true, List.of(new Trace.Entry(manifest, 0, 0)));
        Trace beyond = new Trace(true, List.of(new Trace.Entry(known.entries().getFirst().blob(), 1 << 30, 0)));

        assertThat(post(manifest, "no trace".getBytes(StandardCharsets.UTF_8))).isEqualTo(400);
        assertThat(post(manifest, TraceDocument.write(foreign))).isEqualTo(400);
        assertThat(post(manifest, TraceDocument.write(beyond))).isEqualTo(400);
        assertThat(post(manifest, new byte[TraceDocument.LONGEST + 1])).isEqualTo(413);
        assertThat(Http.status(scene.supernode().about("/api/v1/traces", scene.reference()))).isEqualTo(400);

        assertThat(trace(manifest)).isEqualTo(known);
        assertThat(metrics()).contains("lighterage_traces_received_total{result=\"refused\"} 4.0");
    }

    private String metrics() throws Exception {
        return new String(Http.get(scene.supernode().http().resolve("/metrics")), StandardCharsets.UTF_8);
    }

    private int post(Digest manifest, byte[] body) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(traces(manifest))
                    .timeout(DEADLINE)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }
}
