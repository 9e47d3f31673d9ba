package io.lighterage.proxy;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A sha512 digest, the other algorithm that the OCI image specification registers (section "Digests"). Content moves
 * under its sha256 here; this only names it to clients.
 *
 * @param text {@code sha512:} and 128 lower-case hexadecimal digits
 */
record Sha512(String text) {
    private static final Pattern FORM = Pattern.compile("sha512:[0-9a-f]{128}");

    Sha512 {
        if (!isOne(text)) {
            throw new IllegalArgumentException("a sha512 digest is sha512: and 128 lower-case hexadecimal digits");
        }
    }

    /** Whether {@code text} is a sha512 digest. */
    static boolean isOne(String text) {
        return FORM.matcher(text).matches();
    }

    /** The digest of {@code content}. */
    static Sha512 of(byte[] content) {
        return finish(hash(), content);
    }

    /** A fresh computation. */
    static MessageDigest hash() {
        try {
            return MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-512", e);
        }
    }

    /** The digest of what {@code hash} has been fed and {@code rest}. */
    static Sha512 finish(MessageDigest hash, byte[] rest) {
        return new Sha512("sha512:" + HexFormat.of().formatHex(hash.digest(rest)));
    }

    @Override
    public String toString() {
        return text;
    }
}
