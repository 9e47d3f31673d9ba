package io.lighterage.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * An error body by the OCI distribution specification, section "Error Codes":
 * {@code {"errors":[{"code","message","detail"}]}}.
 */
final class OciError {
    static final String BLOB_UNKNOWN = "BLOB_UNKNOWN";
    static final String DIGEST_INVALID = "DIGEST_INVALID";
    static final String MANIFEST_INVALID = "MANIFEST_INVALID";
    static final String MANIFEST_UNKNOWN = "MANIFEST_UNKNOWN";
    static final String NAME_INVALID = "NAME_INVALID";
    static final String NAME_UNKNOWN = "NAME_UNKNOWN";
    static final String RANGE_INVALID = "RANGE_INVALID";
    static final String TAG_INVALID = "TAG_INVALID";
    static final String UNAUTHORIZED = "UNAUTHORIZED";
    static final String DENIED = "DENIED";
    static final String UNSUPPORTED = "UNSUPPORTED";
    static final String TOOMANYREQUESTS = "TOOMANYREQUESTS";
    /** Not of the specification but of Docker's registry, where no code fits a server that cannot answer now. */
    static final String UNAVAILABLE = "UNAVAILABLE";

    static final String UNKNOWN = "UNKNOWN";

    private static final ObjectMapper JSON = new ObjectMapper();

    private OciError() {}

    /** The body that says {@code message} and names {@code detail}, the input at fault. */
    static byte[] body(String code, String message, String detail) {
        ObjectNode root = JSON.createObjectNode();
        root.putArray("errors")
                .addObject()
                .put("code", code)
                .put("message", message)
                .put("detail", detail);
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Whether {@code body} has the shape that the specification gives to errors. */
    static boolean isOne(byte[] body) {
        try {
            JsonNode root = JSON.readTree(body);
            return root != null && root.path("errors").isArray() && !root.path("errors").isEmpty();
        } catch (JsonProcessingException e) {
            return false;
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory cannot fail", e);
        }
    }

    /** The code that fits a refusal by upstream with this status. */
    static String codeOf(int status) {
        return switch (status) {
            case 401 -> UNAUTHORIZED;
            case 403 -> DENIED;
            case 404 -> NAME_UNKNOWN;
            case 429 -> TOOMANYREQUESTS;
            default -> status >= 500 ? UNAVAILABLE : UNKNOWN;
        };
    }
}
