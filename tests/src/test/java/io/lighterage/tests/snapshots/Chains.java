package io.lighterage.tests.snapshots;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.OciImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The chainIDs of an image's layers, by which containerd names what it has unpacked. */
final class Chains {
    private Chains() {}

    /** The lowest layer's first. */
    static List<String> of(OciImage image) throws IOException {
        Path config = image.layout().resolve("blobs/sha256").resolve(image.blobs().getFirst().digest().hex());
        List<String> chains = new ArrayList<>();
        for (JsonNode diffId : new ObjectMapper().readTree(config.toFile()).path("rootfs").path("diff_ids")) {
            String id = diffId.asText();
            chains.add(chains.isEmpty()
                    ? id
                    : Digest.of((chains.getLast() + " " + id).getBytes(StandardCharsets.US_ASCII)).toString());
        }
        return chains;
    }
}
