package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DeviceMapDocumentTest {
    private static DeviceMap map(List<Integer> blocks) {
        List<DeviceMap.Extent> extents = new ArrayList<>();
        long offset = 0;
        for (int i = 0; i < blocks.size(); i++) {
            long length = (long) blocks.get(i) * DeviceMap.BLOCK;
            BlobInfo blob = BlobInfo.of(Digest.of(new byte[] {(byte) i}), length + i);
            Optional<Layer> layer = i == 0
                    ? Optional.empty()
                    : Optional.of(new Layer(Digest.of(new byte[] {2}), "text", Digest.of(new byte[] {3})));
            extents.add(new DeviceMap.Extent(offset, length, blob, i, Digest.of(new byte[] {1, (byte) i}), layer));
            offset += length;
        }
        return new DeviceMap(Digest.of(new byte[] {7}), offset, extents);
    }

    @Property(tries = 100)
    void whatIsWrittenIsRead(@ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 1 << 20) Integer> blocks)
            throws Exception {
        DeviceMap map = map(blocks);
        assertThat(DeviceMapDocument.parse(DeviceMapDocument.write(map))).isEqualTo(map);
    }

    @Test
    void theFormOfVersionTwoStaysAsItIs() {
        assertThat(new String(DeviceMapDocument.write(map(List.of(1, 1))), StandardCharsets.UTF_8)).isEqualTo(
                "{\"version\":2,\"image\":\"" + Digest.of(new byte[] {7}) + "\",\"length\":8192,\"extents\":["
                        + "{\"deviceOffset\":0,\"length\":4096,\"blob\":{\"digest\":\"" + Digest.of(new byte[] {0})
                        + "\",\"length\":4096,\"chunkLength\":262144},\"blobOffset\":0,\"table\":\""
                        + Digest.of(new byte[] {1, 0}) + "\"},"
                        + "{\"deviceOffset\":4096,\"length\":4096,\"blob\":{\"digest\":\"" + Digest.of(new byte[] {1})
                        + "\",\"length\":4097,\"chunkLength\":262144},\"blobOffset\":1,\"table\":\""
                        + Digest.of(new byte[] {1, 1}) + "\",\"layer\":{\"digest\":\"" + Digest.of(new byte[] {2})
                        + "\",\"mediaType\":\"text\",\"diffId\":\"" + Digest.of(new byte[] {3}) + "\"}}]}");
    }

    private static void assertRefused(String from, String to, String why) {
        String document = new String(DeviceMapDocument.write(map(List.of(1, 2))), StandardCharsets.UTF_8);
        assertThat(document).contains(from);
        byte[] changed = document.replace(from, to).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> DeviceMapDocument.parse(changed))
                .isInstanceOf(InvalidDeviceMapException.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatIsNotADeviceMapIsRefusedWithTheFieldAtFault() {
        assertRefused("{\"version\":2", "{\"version\":1", "version");
        assertRefused("{\"version\":2,", "{", "version");
        assertRefused("{\"version\":2", "[{\"version\":2", "JSON");
        assertRefused("\"length\":12288", "\"length\":12287", "12287");
        assertRefused("\"length\":12288", "\"length\":-1", "the map has no number of bytes as length");
        assertRefused("\"length\":12288", "\"length\":1e99", "length");
        assertRefused("\"deviceOffset\":4096", "\"deviceOffset\":8192", "no extent at 4096");
        assertRefused("\"deviceOffset\":4096", "\"offset\":4096", "extent 1 has a field that is not known: offset");
        assertRefused("\"blobOffset\":1", "\"blobOffset\":2", "extent 1");
        assertRefused("\"chunkLength\":262144", "\"chunkLength\":262143", "262143");
        assertRefused("\"table\":\"sha256:", "\"table\":\"sha512:", "table");
        assertRefused("\"blobOffset\":1", "\"blobOffset\":1,\"blobOffset\":1", "JSON");
        assertRefused("\"mediaType\":\"text\"", "\"mediaType\":7", "the layer of extent 1 has no text as mediaType");
        assertRefused("\"diffId\":\"sha256:", "\"diffId\":\"sha:", "the layer of extent 1 has no digest as diffId");
        assertRefused("\"mediaType\":\"text\",", "", "mediaType");
    }
}
