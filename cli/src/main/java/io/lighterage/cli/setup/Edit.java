package io.lighterage.cli.setup;

import java.util.Optional;

/**
 * One piece of a text replaced by another.
 *
 * @param at where it begins, in UTF-16 units from the start of the text before and after
 * @param removed what was there, perhaps nothing
 * @param inserted what is there now
 */
record Edit(int at, String removed, String inserted) {
    static Edit insertion(int at, String inserted) {
        return new Edit(at, "", inserted);
    }

    /** The text with the edit made. */
    String apply(String text) {
        return replace(text, removed, inserted);
    }

    /** The text as it was before {@link #apply}. */
    String revert(String text) {
        return replace(text, inserted, removed);
    }

    /**
     * This edit where {@code text} has it now, if others changed other parts; nothing if it is not there exactly once.
     */
    Optional<Edit> foundIn(String text) {
        int found = text.indexOf(inserted);
        if (inserted.isEmpty() || found < 0 || text.indexOf(inserted, found + 1) >= 0) {
            return Optional.empty();
        }
        return Optional.of(new Edit(found, removed, inserted));
    }

    private String replace(String text, String expected, String by) {
        if (!text.startsWith(expected, at)) {
            throw new IllegalStateException("the text does not have the expected piece at " + at);
        }
        return text.substring(0, at) + by + text.substring(at + expected.length());
    }
}
