package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Quoted;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a client tells the tracker, by BEP 3 and 23.
 *
 * @param infoHash of which torrent
 * @param peerId the client's name for itself, 20 bytes
 * @param port where it takes connections, 1 to 65535
 * @param event what has just happened to it
 * @param wanted how many peers it would like, 0 or more
 * @param compact whether it takes peers as bytes
 * @param complete whether it has everything
 */
record Announce(
        InfoHash infoHash, byte[] peerId, int port, Event event, int wanted, boolean compact, boolean complete) {
    private static final int PEER_ID = 20;
    private static final int USUAL_WANTED = 50;
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    /** What a client says has happened. */
    enum Event {
        NONE,
        STARTED,
        STOPPED,
        COMPLETED
    }

    /** Reads the query of an announce. */
    static Announce parse(String query) throws MalformedException {
        Map<String, byte[]> parameters = parameters(query);
        byte[] hash = required(parameters, "info_hash");
        byte[] peer = required(parameters, "peer_id");
        if (peer.length != PEER_ID) {
            throw new MalformedException("a peer_id has " + PEER_ID + " bytes, not " + peer.length);
        }
        long port = number(parameters, "port").orElseThrow(() -> new MalformedException("port is missing"));
        if (port < 1 || port > 65_535) {
            throw new MalformedException("a port is 1 to 65535, not " + port);
        }
        long wanted = number(parameters, "numwant").filter(count -> count >= 0).orElse((long) USUAL_WANTED);
        return new Announce(
                InfoHash.ofBytes(hash),
                peer,
                (int) port,
                event(parameters),
                (int) Math.min(wanted, Tracker.MOST_WANTED),
                number(parameters, "compact").orElse(1L) != 0,
                number(parameters, "left").orElse(1L) == 0);
    }

    /** Reads the query of a scrape: the torrent that it asks about (BEP 48; the first one, where it names several). */
    static InfoHash parseScrape(String query) throws MalformedException {
        return InfoHash.ofBytes(required(parameters(query), "info_hash"));
    }

    private static Event event(Map<String, byte[]> parameters) throws MalformedException {
        byte[] told = parameters.getOrDefault("event", new byte[0]);
        String text = new String(told, StandardCharsets.ISO_8859_1);
        return switch (text) {
            case "", "empty" -> Event.NONE;
            case "started" -> Event.STARTED;
            case "stopped" -> Event.STOPPED;
            case "completed" -> Event.COMPLETED;
            default -> throw new MalformedException("there is no event " + Quoted.of(text));
        };
    }

    private static byte[] required(Map<String, byte[]> parameters, String name) throws MalformedException {
        byte[] value = parameters.get(name);
        if (value == null) {
            throw new MalformedException(name + " is missing");
        }
        return value;
    }

    private static Optional<Long> number(Map<String, byte[]> parameters, String name) throws MalformedException {
        byte[] value = parameters.get(name);
        if (value == null || value.length == 0) {
            return Optional.empty();
        }
        String text = new String(value, StandardCharsets.ISO_8859_1);
        if (!text.matches("-?[0-9]{1,20}")) {
            throw new MalformedException(name + " is a number, not " + Quoted.of(text));
        }
        // Transmission says that 2^64 - 1 bytes are left while it does not know better.
        return Optional.of(new BigInteger(text).min(MOST).max(MOST.negate()).longValueExact());
    }

    /** Values are bytes, not text: an info-hash is no UTF-8. */
    private static Map<String, byte[]> parameters(String query) throws MalformedException {
        if (query == null || query.isEmpty()) {
            throw new MalformedException("an announce has a query");
        }
        Map<String, byte[]> parameters = new HashMap<>();
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                parameters.putIfAbsent(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private static byte[] decoded(String text) throws MalformedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                bytes.write(c == '+' ? ' ' : c);
                continue;
            }
            int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new MalformedException("the query is not well encoded: " + Quoted.of(text));
            }
            bytes.write(high << 4 | low);
            i += 2;
        }
        return bytes.toByteArray();
    }
}
