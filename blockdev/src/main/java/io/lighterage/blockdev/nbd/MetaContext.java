package io.lighterage.blockdev.nbd;

import java.util.Optional;

/** What {@code NBD_CMD_BLOCK_STATUS} can tell of a range; its ordinal and 1 is its id on the wire. */
enum MetaContext {
    /** Of the specification: status 0 is allocated data, and so is everything here. */
    ALLOCATION("base:allocation"),

    /** Our own: status bit 0 is set where the bytes are on this host; reading others waits for the network. */
    LOCAL("lighterage:local");

    /** The status flag of {@link #LOCAL}. */
    static final int STATUS_LOCAL = 1;

    private final String text;

    MetaContext(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    int id() {
        return ordinal() + 1;
    }

    /** The context of exactly this name. */
    static Optional<MetaContext> named(String text) {
        for (MetaContext context : values()) {
            if (context.text.equals(text)) {
                return Optional.of(context);
            }
        }
        return Optional.empty();
    }

    /** Whether a client that lists {@code query} means this context: its name, or its namespace with the colon. */
    boolean isListedBy(String query) {
        return text.equals(query) || query.endsWith(":") && text.startsWith(query);
    }
}
