package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who asks for a manifest, as far as it changes the answer.
 *
 * @param authorization the client's {@code Authorization} header, or empty
 * @param accept the client's {@code Accept} headers, joined by commas, or empty
 * @param revalidate whether the client wants upstream to be asked ({@code Cache-Control: no-cache}, RFC 9111 section 5.2.1)
 */
record Asker(String authorization, String accept, boolean revalidate) {
    Asker(String authorization, String accept) {
        this(authorization, accept, false);
    }

    /** Whether a manifest of this type may be answered. A client that says nothing takes anything. */
    boolean accepts(String mediaType) {
        return accept.isBlank() || names(mediaType) || names("*/*") || names("application/*");
    }

    /** Whether the type is named as it is. What wildcards and silence mean differs between registries. */
    boolean names(String mediaType) {
        for (String item : accept.split(",")) {
            String[] parts = item.toLowerCase(Locale.ROOT).split(";");
            if (parts[0].strip().equals(mediaType) && !isRefused(parts)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a media range has the weight 0 (RFC 9110, section 12.4.2). */
    private static boolean isRefused(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            if (parts[i].replaceAll("\\s", "").matches("q=0(\\.0{0,3})?")) {
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
        if (revalidate) {
            headers.put("cache-control", "no-cache");
        }
        return headers;
    }

    /** The same, wanting upstream to be asked. */
    Asker revalidating() {
        return new Asker(authorization, accept, true);
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
