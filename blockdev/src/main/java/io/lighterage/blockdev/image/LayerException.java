package io.lighterage.blockdev.image;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A layer that cannot become part of a device because of what it holds. Its message names the layer and the entry. */
public final class LayerException extends IOException {
    private final transient Digest layer;

    LayerException(Digest layer, String reason, Throwable cause) {
        super("layer " + layer + ": " + reason, cause);
        this.layer = layer;
    }

    LayerException(Digest layer, String entry, String reason, Throwable cause) {
        this(layer, "entry " + readable(entry) + ": " + reason, cause);
    }

    /** The blob at fault. */
    public Digest layer() {
        return layer;
    }

    /**
     * A name of one character a byte as text: UTF-8 where it is that, and without characters that disturb a terminal.
     */
    static String readable(String name) {
        String text = new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().limit(200).forEach(c -> {
            if (Character.isISOControl(c)) {
                out.append("\\x%02x".formatted(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append(text.length() > 200 ? "...\"" : "\"").toString();
    }
}
