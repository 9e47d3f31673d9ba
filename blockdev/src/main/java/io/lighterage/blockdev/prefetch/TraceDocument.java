package io.lighterage.blockdev.prefetch;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link Trace} as JSON:
 *
 * <pre>{@code
 * {"version": 1, "whole": BOOLEAN, "blobs": [DIGEST, ...], "entries": [[BLOB, CHUNK, MILLIS], ...]}
 * }</pre>
 *
 * <p>BLOB is the index of a digest in {@code blobs}.
 */
public final class TraceDocument {
    /** The version that is written, and the only one that is read. */
    public static final int VERSION = 1;

    /** Greatest length of a document in bytes, 512 KiB. */
    public static final int LONGEST = 512 << 10;

    private static final int MOST_BLOBS = 1024;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private TraceDocument() {}

    /** The document of {@code trace}, UTF-8. */
    public static byte[] write(Trace trace) {
        Map<Digest, Integer> blobs = new LinkedHashMap<>();
        ObjectNode root = JSON.createObjectNode();
        root.put("version", VERSION).put("whole", trace.whole());
        ArrayNode names = root.putArray("blobs");
        ArrayNode entries = root.putArray("entries");
        for (Trace.Entry entry : trace.entries()) {
            Integer blob = blobs.get(entry.blob());
            if (blob == null) {
                blob = blobs.size();
                blobs.put(entry.blob(), blob);
                names.add(entry.blob().toString());
            }
            entries.addArray().add(blob).add(entry.chunk()).add(entry.millis());
        }
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a document.
     *
     * @throws InvalidTraceException if it is not a trace of this version
     */
    public static Trace parse(byte[] document) throws InvalidTraceException {
        if (document.length > LONGEST) {
            throw new InvalidTraceException("a trace has at most " + LONGEST + " bytes, not " + document.length);
        }
        JsonNode root;
        try {
            root = JSON.readTree(document);
        } catch (IOException e) {
            throw new InvalidTraceException(
                    "a trace is not JSON: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
        }
        JsonNode version = root.path("version");
        if (!version.isInt() || version.intValue() != VERSION) {
            throw new InvalidTraceException("a trace has version " + VERSION + ", not " + version);
        }
        if (!root.path("whole").isBoolean()) {
            throw new InvalidTraceException("a trace says whether it is whole");
        }
        try {
            return new Trace(
                    root.path("whole").booleanValue(), entries(root.path("entries"), blobs(root.path("blobs"))));
        } catch (IllegalArgumentException e) {
            throw new InvalidTraceException(e.getMessage(), e);
        }
    }

    private static List<Digest> blobs(JsonNode array) throws InvalidTraceException {
        if (!array.isArray() || array.size() > MOST_BLOBS) {
            throw new InvalidTraceException("blobs of a trace is a list of at most " + MOST_BLOBS);
        }
        List<Digest> blobs = new ArrayList<>();
        for (JsonNode node : array) {
            try {
                blobs.add(Digest.parse(node.asText()));
            } catch (InvalidDigestException e) {
                throw new InvalidTraceException("a trace names a blob that is none: " + e.getMessage(), e);
            }
        }
        return blobs;
    }

    private static List<Trace.Entry> entries(JsonNode array, List<Digest> blobs) throws InvalidTraceException {
        if (!array.isArray() || array.size() > Trace.MOST_ENTRIES) {
            throw new InvalidTraceException("entries of a trace is a list of at most " + Trace.MOST_ENTRIES);
        }
        List<Trace.Entry> entries = new ArrayList<>();
        for (JsonNode node : array) {
            boolean numbers = node.isArray() && node.size() == 3;
            for (int i = 0; numbers && i < 3; i++) {
                numbers = node.get(i).isInt();
            }
            if (!numbers || node.get(0).intValue() < 0 || node.get(0).intValue() >= blobs.size()) {
                throw new InvalidTraceException("entry " + entries.size() + " of a trace is not [BLOB, CHUNK, MILLIS]");
            }
            entries.add(new Trace.Entry(
                    blobs.get(node.get(0).intValue()), node.get(1).intValue(), node.get(2).intValue()));
        }
        return entries;
    }
}
