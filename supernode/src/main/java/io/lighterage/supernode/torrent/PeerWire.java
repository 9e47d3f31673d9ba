package io.lighterage.supernode.torrent;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Numbers of the peer wire protocol, by BEP 3, 4 and 10. */
final class PeerWire {
    static final int CHOKE = 0;
    static final int UNCHOKE = 1;
    static final int INTERESTED = 2;
    static final int NOT_INTERESTED = 3;
    static final int HAVE = 4;
    static final int BITFIELD = 5;
    static final int REQUEST = 6;
    static final int PIECE = 7;
    static final int CANCEL = 8;
    static final int PORT = 9;
    static final int EXTENDED = 20;

    /** Length of a handshake: the protocol's name, reserved bits, info-hash and peer id. */
    static final int HANDSHAKE = 68;

    /** Where the reserved bits of a handshake begin. */
    static final int RESERVED = 20;

    /** Where the info-hash of a handshake begins. */
    static final int INFO_HASH = 28;

    /** Offset into the reserved bits, and the bit there, of the extension protocol (BEP 10). */
    static final int EXTENSION_BYTE = 5;
    static final int EXTENSION_BIT = 0x10;

    /** Longest block that may be asked for at once; clients ask for 16 KiB. */
    static final int LONGEST_BLOCK = 128 << 10;

    /** Longest extension message that a client may send: a handshake with all that clients tell of themselves. */
    static final int LONGEST_EXTENDED = 8 << 10;

    private static final byte[] PROTOCOL = "\u0013BitTorrent protocol".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] PEER_ID = "-LI0100-lighterage--".getBytes(StandardCharsets.US_ASCII);

    private PeerWire() {}

    /** How a handshake begins. */
    static byte[] protocol() {
        return PROTOCOL.clone();
    }

    /** What whoever connects says first; with the extension protocol. */
    static byte[] handshake(InfoHash hash) {
        ByteBuffer handshake = ByteBuffer.allocate(HANDSHAKE).put(PROTOCOL);
        handshake.put(RESERVED + EXTENSION_BYTE, (byte) EXTENSION_BIT);
        return handshake.position(INFO_HASH).put(hash.bytes()).put(PEER_ID).array();
    }

    /** The big-endian number at {@code at}. */
    static int number(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).getInt(at);
    }
}
