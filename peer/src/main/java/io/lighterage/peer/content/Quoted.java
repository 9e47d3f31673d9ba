package io.lighterage.peer.content;

/** Untrusted text made fit for an error message: one line, printable, of bounded length. */
public final class Quoted {
    private static final int LONGEST = 200;

    private Quoted() {}

    /** {@code text} in double quotes, shortened to 200 characters, control characters shown as {@code ?}. */
    public static String of(String text) {
        if (text == null) {
            return "nothing";
        }
        StringBuilder quoted = new StringBuilder("\"");
        text.chars()
                .limit(LONGEST)
                .forEach(c -> quoted.append(Character.isISOControl(c) ? '?' : (char) c));
        return quoted.append(text.length() > LONGEST ? "…\"" : "\"").toString();
    }
}
