package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** The framing of a {@code multipart/byteranges} body, RFC 9110 section 14.6. */
final class Multipart {
    private final BlobInfo info;
    private final List<ByteRange> parts;
    private final String partType;
    private final String boundary = UUID.randomUUID().toString();

    /** @param partType the {@code Content-Type} of every part */
    Multipart(BlobInfo info, List<ByteRange> parts, String partType) {
        this.info = info;
        this.parts = List.copyOf(parts);
        this.partType = partType;
    }

    String contentType() {
        return "multipart/byteranges; boundary=" + boundary;
    }

    /** Bytes of the whole body. */
    long length() {
        return parts.stream().mapToLong(part -> head(part).length + part.length()).sum() + tail().length;
    }

    /** What precedes a part's bytes. */
    byte[] head(ByteRange part) {
        return ("\r\n--" + boundary + "\r\nContent-Range: " + Ranges.contentRange(part, info.length())
                        + "\r\nContent-Type: " + partType + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** What follows the last part. */
    byte[] tail() {
        return ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
