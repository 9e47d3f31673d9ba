package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Quoted;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * A magnet link, by BEP 9.
 *
 * @param infoHash which torrent
 * @param name how it is shown; may be empty
 * @param trackers URLs of its trackers
 */
public record Magnet(InfoHash infoHash, String name, List<String> trackers) {
    private static final String SCHEME = "magnet:?";
    private static final String TOPIC = "urn:btih:";
    private static final int LONGEST = 8 << 10;
    private static final int HEX_DIGITS = 2 * InfoHash.BYTES;
    private static final int BASE32_DIGITS = 32;
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public Magnet {
        trackers = List.copyOf(trackers);
    }

    /**
     * Reads a link.
     *
     * @throws MalformedException if it is none, or names no torrent of version 1
     */
    public static Magnet parse(String text) throws MalformedException {
        if (!text.startsWith(SCHEME) || text.length() > LONGEST) {
            throw new MalformedException(
                    Quoted.of(text) + " is not a magnet link of at most " + LONGEST + " characters");
        }
        InfoHash hash = null;
        String name = "";
        List<String> trackers = new ArrayList<>();
        for (String parameter : text.substring(SCHEME.length()).split("&")) {
            int equals = parameter.indexOf('=');
            String key = equals < 0 ? parameter : parameter.substring(0, equals);
            String value = equals < 0 ? "" : decoded(text, parameter.substring(equals + 1));
            switch (key) {
                case "xt" -> hash = value.startsWith(TOPIC) ? hash(text, value.substring(TOPIC.length())) : hash;
                case "dn" -> name = value;
                case "tr" -> trackers.add(tracker(text, value));
                default -> {
                    // Web seeds, peers and other things that are not needed.
                }
            }
        }
        if (hash == null) {
            throw new MalformedException(Quoted.of(text) + " names no torrent by xt=urn:btih:");
        }
        return new Magnet(hash, name, trackers);
    }

    private static String decoded(String link, String value) throws MalformedException {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new MalformedException(Quoted.of(link) + " is not well encoded: " + e.getMessage());
        }
    }

    private static String tracker(String link, String value) throws MalformedException {
        try {
            URI url = URI.create(value);
            if (url.getScheme() != null && url.getHost() != null) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            throw new MalformedException(Quoted.of(link) + " has a tracker that is not a URL: " + e.getMessage());
        }
        throw new MalformedException(Quoted.of(link) + " has a tracker that is not a URL: " + Quoted.of(value));
    }

    private static InfoHash hash(String link, String text) throws MalformedException {
        try {
            if (text.length() == HEX_DIGITS) {
                return InfoHash.ofBytes(HexFormat.of().parseHex(text));
            }
            return InfoHash.ofBytes(base32(text));
        } catch (IllegalArgumentException | MalformedException e) {
            throw new MalformedException(Quoted.of(link) + " has no info-hash of 40 hexadecimal or 32 base32 digits");
        }
    }

    private static byte[] base32(String text) throws MalformedException {
        if (text.length() != BASE32_DIGITS) {
            throw new MalformedException("not as long as an info-hash");
        }
        BigInteger value = BigInteger.ZERO;
        for (char c : text.toUpperCase(Locale.ROOT).toCharArray()) {
            int digit = BASE32.indexOf(c);
            if (digit < 0) {
                throw new MalformedException("not base32");
            }
            value = value.shiftLeft(5).or(BigInteger.valueOf(digit));
        }
        byte[] signed = value.toByteArray();
        byte[] raw = new byte[InfoHash.BYTES];
        int length = Math.min(signed.length, raw.length);
        System.arraycopy(signed, signed.length - length, raw, raw.length - length, length);
        return raw;
    }

    /** The link. */
    @Override
    public String toString() {
        StringBuilder link = new StringBuilder(SCHEME + "xt=" + TOPIC + infoHash);
        if (!name.isEmpty()) {
            link.append("&dn=").append(URLEncoder.encode(name, StandardCharsets.UTF_8));
        }
        trackers.forEach(tracker -> link.append("&tr=").append(URLEncoder.encode(tracker, StandardCharsets.UTF_8)));
        return link.toString();
    }
}
