package io.lighterage.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.lighterage.proxy.ManifestDocument.BadManifestException;
import java.io.IOException;
import java.io.ByteArrayOutputStream;
import java.util.Base64;

/**
 * A signed manifest of Docker's first schema. Its digest is not that of its bytes but of what is signed: the bytes up to
 * {@code formatLength}, then {@code formatTail}, both told in the protected header of a signature (Docker Registry HTTP
 * API V2, "Image Manifest Version 2, Schema 1").
 */
final class SignedManifest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SignedManifest() {}

    /**
     * The digest by which registries name {@code content}.
     *
     * @throws BadManifestException if it has no signature that tells what it signs
     */
    static Digest digest(byte[] content) throws BadManifestException {
        try {
            String header = JSON.readTree(content).path("signatures").path(0).path("protected").asText("");
            JsonNode told = JSON.readTree(Base64.getUrlDecoder().decode(header));
            int length = told.path("formatLength").asInt(-1);
            if (length < 0 || length > content.length) {
                throw new BadManifestException("its signature does not tell what it signs");
            }
            ByteArrayOutputStream signed = new ByteArrayOutputStream(content.length);
            signed.write(content, 0, length);
            signed.writeBytes(Base64.getUrlDecoder().decode(told.path("formatTail").asText("")));
            return Digest.of(signed.toByteArray());
        } catch (IOException | IllegalArgumentException e) {
            throw new BadManifestException("its signature cannot be read: " + e.getMessage());
        }
    }
}
