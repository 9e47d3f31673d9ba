package io.lighterage.peer.wire;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.grant.Grant;

/**
 * The bytes on the wire; this comment is the specification, version 4.
 *
 * <p>A connection carries frames in both directions. All numbers are big-endian.
 * <pre>
 * frame      u32 length of the body | u8 type | body
 * text       u16 length in bytes | UTF-8
 * long text  u32 length in bytes | UTF-8
 * digest     32 bytes, the sha256
 *
 * type           body
 *  1 hello       u32 magic "LGHT" | u16 version | 16 bytes id | u8 role (0 node, 1 supernode) | text host
 *                | u16 port | text rack | text zone | u32 features
 *  2 welcome     empty
 *  3 duplicate   empty
 *  4 goodbye     text reason
 *  5 ping        u64 nonce
 *  6 pong        u64 nonce
 * 10 open        digest | u8 wants the table (0 or 1) | u8 want follows (0 or 1) [ | u32 request ]
 *                | u8 origin follows (0 or 1) [ | text registry | text name | long text authorization ]
 * 11 close       digest
 * 12 table       digest | u64 blob length | u32 chunk length | u32 first | 32 bytes per hash, to the end
 * 13 refused     digest | u16 status | text challenge | text retry after | u32 length of body | body
 * 14 peers       digest | u16 share | u16 shares | u16 count | count times: 16 bytes id | text host | u16 port |
 *                text rack | text zone
 * 15 have        digest | u32 chunks of the blob | u8 form | form 0: a bitmap to the end, chunk i at bit i % 8 of
 *                byte i / 8, zeros at the end left out; form 1: u32 indices to the end, ascending
 * 16 want        u32 request | digest | i32 index (-1: any) | u8 priority (0 on demand, 1 prefetch, 2 background)
 *                | u32 chunks of the blob that the asker has
 * 17 cancel      u32 request
 * 18 busy        u32 request | u32 milliseconds
 * 19 withdrawn   digest
 * 20 chunk       u32 request | digest | u32 index | payload to the end
 * 21 zstd chunk  u32 request | digest | u32 index | u32 plain length | one zstd frame to the end, which is shorter
 *                than the plain length; only where both hellos have the feature
 * 22 granted     a grant with its signature, see {@link io.lighterage.peer.grant.Grant}
 * 23 later       u32 request | u32 milliseconds
 * </pre>
 *
 * <p><b>Introduction.</b> Whoever opened the connection sends its hello, the other answers with its own. Of the two,
 * the one with the lesser id (as an unsigned number) then decides: it answers {@code welcome}, or {@code duplicate}
 * where the two hosts have a connection already, and closes. Only hello and goodbye are allowed before the other
 * side's hello came, and only welcome, duplicate and goodbye until the decision.
 *
 * <p><b>Order.</b> Frames are delivered in the order in which they were sent, but a zstd chunk may be delivered
 * later than frames that followed it, because it is unpacked on another thread.
 *
 * <p>Every frame has a bounded length; one beyond it, or one with bytes to spare, is malformed.
 */
final class WireFormat {
    /** "LGHT". */
    static final int MAGIC = 0x4c474854;

    /** Bytes before a body: length and type. */
    static final int HEAD = 5;

    static final int HELLO = 1;
    static final int WELCOME = 2;
    static final int DUPLICATE = 3;
    static final int GOODBYE = 4;
    static final int PING = 5;
    static final int PONG = 6;
    static final int OPEN = 10;
    static final int CLOSE = 11;
    static final int TABLE = 12;
    static final int REFUSED = 13;
    static final int PEERS = 14;
    static final int HAVE = 15;
    static final int WANT = 16;
    static final int CANCEL = 17;
    static final int BUSY = 18;
    static final int WITHDRAWN = 19;
    static final int CHUNK = 20;
    static final int ZSTD_CHUNK = 21;
    static final int GRANTED = 22;
    static final int LATER = 23;

    /** Form of a have: a bitmap. */
    static final int HAVE_BITMAP = 0;

    /** Form of a have: indices. */
    static final int HAVE_INDICES = 1;

    /** Greatest body of a frame that is not a chunk. */
    static final int LARGEST_CONTROL = 1 << 20;

    /** Greatest body of a hello. */
    static final int LARGEST_HELLO = 4 << 10;

    /** Greatest body of a goodbye. */
    static final int LARGEST_GOODBYE = 2 + 1024;

    /** Body of a chunk before its payload: request, digest, index. */
    static final int CHUNK_HEAD = 4 + Digest.BYTES + 4;

    /** Body of a zstd chunk before its payload: as a chunk, and the plain length. */
    static final int ZSTD_CHUNK_HEAD = CHUNK_HEAD + 4;

    /** Greatest host, rack, zone, registry and repository name, and retry-after header, in bytes. */
    static final int LONGEST_NAME = 255;

    /** Greatest reason of a goodbye in bytes. */
    static final int LONGEST_REASON = 1024;

    /** Greatest {@code WWW-Authenticate} header in bytes. */
    static final int LONGEST_CHALLENGE = 16 << 10;

    /** Greatest {@code Authorization} header in bytes. */
    static final int LONGEST_AUTHORIZATION = 64 << 10;

    /** Greatest body of a refusal in bytes. */
    static final int LONGEST_REFUSAL = 64 << 10;

    /** Most chunks that a blob has. */
    static final int MOST_CHUNKS = (int) (BlobInfo.LONGEST / BlobInfo.SMALLEST_CHUNK);

    private WireFormat() {}

    /** The least and greatest body of a frame of {@code type}, or nothing for a type that is not known. */
    static Bounds bounds(int type) {
        return switch (type) {
            case HELLO -> new Bounds(6, LARGEST_HELLO);
            case WELCOME, DUPLICATE -> new Bounds(0, 0);
            case GOODBYE -> new Bounds(2, LARGEST_GOODBYE);
            case PING, PONG -> new Bounds(8, 8);
            case OPEN -> new Bounds(Digest.BYTES + 3, LARGEST_CONTROL);
            case CLOSE, WITHDRAWN -> new Bounds(Digest.BYTES, Digest.BYTES);
            case TABLE -> new Bounds(Digest.BYTES + 16, LARGEST_CONTROL);
            case REFUSED -> new Bounds(Digest.BYTES + 10, LARGEST_CONTROL);
            case PEERS -> new Bounds(Digest.BYTES + 6, LARGEST_CONTROL);
            case GRANTED -> new Bounds(1, Grant.LONGEST);
            case HAVE -> new Bounds(Digest.BYTES + 5, LARGEST_CONTROL);
            case WANT -> new Bounds(4 + Digest.BYTES + 9, 4 + Digest.BYTES + 9);
            case CANCEL -> new Bounds(4, 4);
            case BUSY, LATER -> new Bounds(8, 8);
            case CHUNK -> new Bounds(CHUNK_HEAD + 1, CHUNK_HEAD + BlobInfo.LARGEST_CHUNK);
            case ZSTD_CHUNK -> new Bounds(ZSTD_CHUNK_HEAD + 1, ZSTD_CHUNK_HEAD + BlobInfo.LARGEST_CHUNK);
            default -> null;
        };
    }

    /** Least and greatest length of a body, both inclusive. */
    record Bounds(int least, int greatest) {
        boolean allow(long length) {
            return length >= least && length <= greatest;
        }
    }
}
