package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who asks for a manifest, as far as it changes the answer.
 *
 * @param authorization the client's {@code Authorization} header, or empty
 * @param accept the client's {@code Accept} headers, joined by commas, or empty
 */
record Asker(String authorization, String accept) {
    /** Whether a manifest of this type may be answered. A client that says nothing takes anything. */
    boolean accepts(String mediaType) {
        if (accept.isBlank()) {
            return true;
        }
        for (String item : accept.split(",")) {
            String type = item.replaceFirst(";.*", "").strip();
            if (type.equals(mediaType) || type.equals("*/*") || type.equals("application/*")) {
                return true;
            }
        }
        return false;
    }

    /** Equal for two askers whose {@code Accept} headers mean the same, whatever their order and spacing. */
    String acceptHash() {
        TreeSet<String> types = new TreeSet<>();
        for (String item : accept.split(",")) {
            types.add(item.strip());
        }
        return shortHash(String.join(",", types));
    }

    /** Equal for the same credential only; empty for none. The credential cannot be had back from it. */
    String credentialHash() {
        return authorization.isEmpty() ? "" : Digest.of(authorization.getBytes(StandardCharsets.UTF_8)).hex();
    }

    /** What upstream is told of the client. */
    Map<String, String> headers() {
        Map<String, String> headers = new TreeMap<>();
        if (!authorization.isEmpty()) {
            headers.put("authorization", authorization);
        }
        if (!accept.isBlank()) {
            headers.put("accept", accept);
        }
        return headers;
    }

    private static String shortHash(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
    }

    /** Without the credential. */
    @Override
    public String toString() {
        return "Asker[accept=" + accept + (authorization.isEmpty() ? "]" : ", with credentials]");
    }
}
