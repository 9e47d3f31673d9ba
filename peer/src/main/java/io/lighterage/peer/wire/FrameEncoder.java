package io.lighterage.peer.wire;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Writes frames as {@link WireFormat} has them.
 *
 * <p>Frames other than chunks go to the heap: they may wait long for a slow reader, and memory outside the heap
 * is scarce.
 */
final class FrameEncoder {
    private FrameEncoder() {}

    static ByteBuf encode(Hello hello) {
        ByteBuf out = begin(WireFormat.HELLO, 128);
        out.writeInt(WireFormat.MAGIC);
        out.writeShort(hello.version());
        id(out, hello.id());
        out.writeByte(hello.role().ordinal());
        text(out, "host", hello.host(), WireFormat.LONGEST_NAME);
        port(out, hello.port());
        text(out, "rack", hello.rack(), WireFormat.LONGEST_NAME);
        text(out, "zone", hello.zone(), WireFormat.LONGEST_NAME);
        out.writeInt(hello.features());
        return end(out);
    }

    static ByteBuf encode(Handshaking decision) {
        return end(begin(
                switch (decision) {
                    case WELCOME -> WireFormat.WELCOME;
                    case DUPLICATE -> WireFormat.DUPLICATE;
                },
                0));
    }

    /**
     * Writes a frame that is not a chunk.
     *
     * @throws IllegalArgumentException if a part is longer than the format allows, or the frame is a chunk
     */
    static ByteBuf encode(Frame frame) {
        return switch (frame) {
            case Frame.Open open -> open(open);
            case Frame.Granted granted ->
                end(begin(WireFormat.GRANTED, granted.token().length).writeBytes(granted.token()));
            case Frame.Close close -> end(digest(begin(WireFormat.CLOSE, Digest.BYTES), close.digest()));
            case Frame.Table table -> table(table);
            case Frame.Refused refused -> refused(refused);
            case Frame.Peers peers -> peers(peers);
            case Frame.Have have -> have(have);
            case Frame.Want want -> want(want);
            case Frame.Cancel cancel -> end(begin(WireFormat.CANCEL, 4).writeInt(cancel.request()));
            case Frame.Busy busy -> postponed(WireFormat.BUSY, busy.request(), busy.retryAfterMillis());
            case Frame.Later later -> postponed(WireFormat.LATER, later.request(), later.retryAfterMillis());
            case Frame.Withdrawn withdrawn ->
                end(digest(begin(WireFormat.WITHDRAWN, Digest.BYTES), withdrawn.digest()));
            case Frame.Goodbye goodbye -> goodbye(goodbye);
            case Frame.Ping ping -> end(begin(WireFormat.PING, 8).writeLong(ping.nonce()));
            case Frame.Pong pong -> end(begin(WireFormat.PONG, 8).writeLong(pong.nonce()));
            case Frame.Chunk _ -> throw new IllegalArgumentException("chunks are sent by sendChunk");
        };
    }

    /** The bytes that precede a plain payload of {@code length} bytes. */
    static ByteBuf chunkHead(ByteBufAllocator allocator, int request, Digest digest, int index, int length) {
        ByteBuf out = allocator.directBuffer(WireFormat.HEAD + WireFormat.CHUNK_HEAD);
        out.writeInt(WireFormat.CHUNK_HEAD + length);
        out.writeByte(WireFormat.CHUNK);
        return digest(out.writeInt(request), digest).writeInt(index);
    }

    /** The bytes that precede a packed payload of {@code length} bytes. */
    static void zstdChunkHead(ByteBuf out, int request, Digest digest, int index, int plainLength, int length) {
        out.writeInt(WireFormat.ZSTD_CHUNK_HEAD + length);
        out.writeByte(WireFormat.ZSTD_CHUNK);
        digest(out.writeInt(request), digest).writeInt(index).writeInt(plainLength);
    }

    private static ByteBuf postponed(int type, int request, int millis) {
        return end(begin(type, 8).writeInt(request).writeInt(notNegative("time to wait", millis)));
    }

    private static ByteBuf open(Frame.Open open) {
        ByteBuf out = digest(begin(WireFormat.OPEN, 256), open.digest());
        out.writeBoolean(open.table());
        out.writeBoolean(open.want().isPresent());
        open.want().ifPresent(out::writeInt);
        out.writeBoolean(open.origin().isPresent());
        open.origin().ifPresent(origin -> {
            text(out, "registry", origin.repository().registry(), WireFormat.LONGEST_NAME);
            text(out, "repository", origin.repository().name(), WireFormat.LONGEST_NAME);
            byte[] authorization = origin.authorization().getBytes(StandardCharsets.UTF_8);
            bytes(out, "authorization", authorization, WireFormat.LONGEST_AUTHORIZATION);
        });
        return end(out);
    }

    private static ByteBuf table(Frame.Table table) {
        ByteBuf out = digest(begin(WireFormat.TABLE, Digest.BYTES + 16 + table.hashes().length), table.digest());
        out.writeLong(table.length());
        out.writeInt(table.chunkLength());
        out.writeInt(table.first());
        if (table.hashes().length % Digest.BYTES != 0) {
            throw new IllegalArgumentException("a table of " + table.hashes().length + " bytes is not whole hashes");
        }
        return end(out.writeBytes(table.hashes()));
    }

    private static ByteBuf refused(Frame.Refused refused) {
        Frame.Refusal refusal = refused.refusal();
        ByteBuf out = digest(begin(WireFormat.REFUSED, 128 + refusal.body().length), refused.digest());
        if (refusal.status() < 400 || refusal.status() > 599) {
            throw new IllegalArgumentException("an HTTP refusal cannot have status " + refusal.status());
        }
        out.writeShort(refusal.status());
        text(out, "challenge", refusal.challenge(), WireFormat.LONGEST_CHALLENGE);
        text(out, "retry-after", refusal.retryAfter(), WireFormat.LONGEST_NAME);
        bytes(out, "refusal", refusal.body(), WireFormat.LONGEST_REFUSAL);
        return end(out);
    }

    private static ByteBuf peers(Frame.Peers peers) {
        if (peers.peers().size() > Frame.MOST_PEERS) {
            throw new IllegalArgumentException(
                    peers.peers().size() + " peers in a frame, at most " + Frame.MOST_PEERS + " are allowed");
        }
        ByteBuf out = digest(begin(WireFormat.PEERS, 64 * (peers.peers().size() + 1)), peers.digest());
        if (peers.shares() < 1 || peers.shares() > 0xffff || peers.share() < 0 || peers.share() >= peers.shares()) {
            throw new IllegalArgumentException("there is no share " + peers.share() + " of " + peers.shares());
        }
        out.writeShort(peers.share()).writeShort(peers.shares()).writeShort(peers.peers().size());
        for (PeerAddress peer : peers.peers()) {
            id(out, peer.id());
            text(out, "host", peer.host(), WireFormat.LONGEST_NAME);
            port(out, peer.port());
            text(out, "rack", peer.rack(), WireFormat.LONGEST_NAME);
            text(out, "zone", peer.zone(), WireFormat.LONGEST_NAME);
        }
        return end(out);
    }

    private static ByteBuf have(Frame.Have have) {
        ChunkSet chunks = have.chunks();
        byte[] bitmap = chunks.bitmap();
        boolean indices = chunks.count() * 4L < bitmap.length;
        int length = indices ? chunks.count() * 4 : bitmap.length;
        ByteBuf out = digest(begin(WireFormat.HAVE, Digest.BYTES + 5 + length), have.digest());
        out.writeInt(chunks.size());
        if (indices) {
            out.writeByte(WireFormat.HAVE_INDICES);
            chunks.forEach(out::writeInt);
        } else {
            out.writeByte(WireFormat.HAVE_BITMAP).writeBytes(bitmap);
        }
        return end(out);
    }

    private static ByteBuf want(Frame.Want want) {
        if (want.index() < Frame.ANY || want.index() >= WireFormat.MOST_CHUNKS) {
            throw new IllegalArgumentException("no blob has a chunk " + want.index());
        }
        ByteBuf out = begin(WireFormat.WANT, 4 + Digest.BYTES + 9).writeInt(want.request());
        return end(digest(out, want.digest())
                .writeInt(want.index())
                .writeByte(want.priority().ordinal())
                .writeInt(want.has()));
    }

    private static ByteBuf goodbye(Frame.Goodbye goodbye) {
        byte[] reason = goodbye.reason().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(reason.length, WireFormat.LONGEST_REASON);
        while (length < reason.length && (reason[length] & 0xc0) == 0x80) {
            length--; // never cut a character in two
        }
        return end(begin(WireFormat.GOODBYE, 2 + length).writeShort(length).writeBytes(reason, 0, length));
    }

    private static ByteBuf begin(int type, int expectedBody) {
        int body = Math.min(expectedBody, WireFormat.LARGEST_CONTROL);
        return Unpooled.buffer(WireFormat.HEAD + body).writeInt(0).writeByte(type);
    }

    private static ByteBuf end(ByteBuf out) {
        int body = out.readableBytes() - WireFormat.HEAD;
        if (!WireFormat.bounds(out.getByte(4)).allow(body)) {
            throw new IllegalArgumentException("a frame of type " + out.getByte(4) + " cannot have " + body + " bytes");
        }
        return out.setInt(0, body);
    }

    private static ByteBuf digest(ByteBuf out, Digest digest) {
        return out.writeBytes(digest.bytes());
    }

    private static void id(ByteBuf out, UUID id) {
        out.writeLong(id.getMostSignificantBits()).writeLong(id.getLeastSignificantBits());
    }

    private static void port(ByteBuf out, int port) {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("no such port: " + port);
        }
        out.writeShort(port);
    }

    private static void text(ByteBuf out, String what, String text, int longest) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        checkLength(what, utf8.length, longest);
        out.writeShort(utf8.length).writeBytes(utf8);
    }

    private static void bytes(ByteBuf out, String what, byte[] bytes, int longest) {
        checkLength(what, bytes.length, longest);
        out.writeInt(bytes.length).writeBytes(bytes);
    }

    private static void checkLength(String what, int length, int longest) {
        if (length > longest) {
            throw new IllegalArgumentException(
                    "the " + what + " has " + length + " bytes, at most " + longest + " are allowed");
        }
    }

    private static int notNegative(String what, int number) {
        if (number < 0) {
            throw new IllegalArgumentException("the " + what + " cannot be " + number);
        }
        return number;
    }
}
