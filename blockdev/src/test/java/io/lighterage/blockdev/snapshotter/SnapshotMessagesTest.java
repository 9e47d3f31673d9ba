package io.lighterage.blockdev.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.snapshotter.ProtoReader.MalformedMessageException;
import io.lighterage.blockdev.snapshotter.SnapshotMessages.Layout;
import io.lighterage.blockdev.snapshotter.SnapshotMessages.Request;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SnapshotMessagesTest {
    @Property(tries = 200)
    void whatIsWrittenIsRead(
            @ForAll String key,
            @ForAll String parent,
            @ForAll @Size(max = 5) Map<String, String> labels,
            @ForAll long more)
            throws Exception {
        byte[] message = new ProtoWriter()
                .text(1, "lighter")
                .number(99, more)
                .text(2, key)
                .text(3, parent)
                .map(4, labels)
                .toBytes();

        Request read = Layout.CREATE.parse(message);

        // A lone surrogate is no character: UTF-8 has none for it.
        assertThat(read.key()).isEqualTo(encodable(key));
        assertThat(read.parent()).isEqualTo(encodable(parent));
        assertThat(read.labels().values()).hasSizeLessThanOrEqualTo(labels.size());
    }

    private static String encodable(String text) {
        return new String(text.getBytes(UTF_8), UTF_8);
    }

    @Property(tries = 1000)
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 60) byte[] bytes) {
        try {
            assertThat(Layout.UPDATE.parse(bytes)).isNotNull();
            assertThat(Layout.COMMIT.parse(bytes)).isNotNull();
        } catch (MalformedMessageException e) {
            assertThat(e).hasMessageStartingWith("the message has ");
        }
    }

    @Test
    void aFieldOfAnotherTypeIsRefused() {
        byte[] number = new ProtoWriter().number(2, 7).toBytes();
        assertThatThrownBy(() -> Layout.KEY.parse(number)).hasMessageContaining("wire type 0");
        byte[] tooLong = {0x12, 0x05, 'a'};
        assertThatThrownBy(() -> Layout.KEY.parse(tooLong)).hasMessageContaining("longer than its message");
    }
}
