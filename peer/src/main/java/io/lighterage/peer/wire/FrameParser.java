package io.lighterage.peer.wire;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** Reads the bodies of all frames but chunks as {@link WireFormat} has them. */
final class FrameParser {
    private FrameParser() {}

    /**
     * Reads a whole body: a {@link Hello}, a {@link Handshaking} or a {@link Frame}.
     *
     * @param type a type that {@link WireFormat#bounds} knows, no chunk
     * @param body exactly the body; its length lies within the bounds of its type
     */
    static Object parse(int type, ByteBuf body) throws MalformedFrameException {
        Object parsed;
        try {
            parsed = body(type, body);
        } catch (IndexOutOfBoundsException e) {
            throw new MalformedFrameException("a frame of type " + type + " ends in the middle of a field", e);
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("a frame of type " + type + " is wrong: " + e.getMessage(), e);
        }
        if (body.isReadable()) {
            throw new MalformedFrameException(
                    "a frame of type " + type + " has " + body.readableBytes() + " bytes too many");
        }
        return parsed;
    }

    private static Object body(int type, ByteBuf in) throws MalformedFrameException {
        return switch (type) {
            case WireFormat.HELLO -> hello(in);
            case WireFormat.WELCOME -> Handshaking.WELCOME;
            case WireFormat.DUPLICATE -> Handshaking.DUPLICATE;
            case WireFormat.GOODBYE -> new Frame.Goodbye(text(in, "reason", WireFormat.LONGEST_REASON));
            case WireFormat.PING -> new Frame.Ping(in.readLong());
            case WireFormat.PONG -> new Frame.Pong(in.readLong());
            case WireFormat.OPEN -> open(in);
            case WireFormat.CLOSE -> new Frame.Close(digest(in));
            case WireFormat.GRANTED -> new Frame.Granted(bytes(in, in.readableBytes()));
            case WireFormat.TABLE -> table(in);
            case WireFormat.REFUSED -> refused(in);
            case WireFormat.PEERS -> peers(in);
            case WireFormat.HAVE -> have(in);
            case WireFormat.WANT -> want(in);
            case WireFormat.CANCEL -> new Frame.Cancel(in.readInt());
            case WireFormat.BUSY -> new Frame.Busy(in.readInt(), number(in, "time to wait", Integer.MAX_VALUE));
            case WireFormat.LATER -> new Frame.Later(in.readInt(), number(in, "time to wait", Integer.MAX_VALUE));
            case WireFormat.WITHDRAWN -> new Frame.Withdrawn(digest(in));
            default -> throw new MalformedFrameException("no frame has type " + type);
        };
    }

    private static Hello hello(ByteBuf in) throws MalformedFrameException {
        if (in.readInt() != WireFormat.MAGIC) {
            throw new MalformedFrameException("it does not speak the exchange's protocol");
        }
        int version = in.readUnsignedShort();
        if (version != Hello.VERSION) {
            throw new MalformedFrameException(
                    "it speaks version " + version + " of the protocol, this host version " + Hello.VERSION);
        }
        return new Hello(
                version,
                id(in),
                constant(in, "role", Hello.Role.values()),
                text(in, "host", WireFormat.LONGEST_NAME),
                in.readUnsignedShort(),
                text(in, "rack", WireFormat.LONGEST_NAME),
                text(in, "zone", WireFormat.LONGEST_NAME),
                in.readInt());
    }

    private static Frame.Open open(ByteBuf in) throws MalformedFrameException {
        Digest digest = digest(in);
        int table = in.readUnsignedByte();
        if (table > 1) {
            throw new MalformedFrameException("an open neither asks for the table nor does not");
        }
        OptionalInt want = switch (in.readUnsignedByte()) {
            case 0 -> OptionalInt.empty();
            case 1 -> OptionalInt.of(in.readInt());
            default -> throw new MalformedFrameException("an open neither has a want nor has none");
        };
        return switch (in.readUnsignedByte()) {
            case 0 -> new Frame.Open(digest, Optional.empty(), table == 1, want);
            case 1 -> {
                Repository repository = new Repository(
                        text(in, "registry", WireFormat.LONGEST_NAME), text(in, "repository", WireFormat.LONGEST_NAME));
                int length = number(in, "length of the authorization", WireFormat.LONGEST_AUTHORIZATION);
                yield new Frame.Open(
                        digest,
                        Optional.of(new Frame.Origin(repository, utf8(in, "authorization", length))),
                        table == 1,
                        want);
            }
            default -> throw new MalformedFrameException("an open neither has an origin nor has none");
        };
    }

    private static Frame.Table table(ByteBuf in) throws MalformedFrameException {
        BlobInfo blob = new BlobInfo(digest(in), in.readLong(), in.readInt());
        int first = number(in, "first chunk of a table", blob.chunkCount());
        int length = in.readableBytes();
        if (length % Digest.BYTES != 0 || length / Digest.BYTES > blob.chunkCount() - first) {
            throw new MalformedFrameException("a table of a blob of " + blob.chunkCount() + " chunks has " + length
                    + " bytes of hashes from chunk " + first);
        }
        return new Frame.Table(blob.digest(), blob.length(), blob.chunkLength(), first, bytes(in, length));
    }

    private static Frame.Refused refused(ByteBuf in) throws MalformedFrameException {
        Digest digest = digest(in);
        int status = in.readUnsignedShort();
        if (status < 400 || status > 599) {
            throw new MalformedFrameException("an HTTP refusal has status " + status);
        }
        String challenge = text(in, "challenge", WireFormat.LONGEST_CHALLENGE);
        String retryAfter = text(in, "retry-after", WireFormat.LONGEST_NAME);
        byte[] body = bytes(in, number(in, "length of a refusal", WireFormat.LONGEST_REFUSAL));
        return new Frame.Refused(digest, new Frame.Refusal(status, challenge, retryAfter, body));
    }

    private static Frame.Peers peers(ByteBuf in) throws MalformedFrameException {
        Digest digest = digest(in);
        int share = in.readUnsignedShort();
        int shares = in.readUnsignedShort();
        if (share >= shares) {
            throw new MalformedFrameException("there is no share " + share + " of " + shares);
        }
        int count = in.readUnsignedShort();
        if (count > Frame.MOST_PEERS) {
            throw new MalformedFrameException(
                    count + " peers in a frame, at most " + Frame.MOST_PEERS + " are allowed");
        }
        List<PeerAddress> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            UUID id = id(in);
            String host = text(in, "host", WireFormat.LONGEST_NAME);
            int port = in.readUnsignedShort();
            if (port == 0) {
                throw new MalformedFrameException("a peer has no port");
            }
            peers.add(new PeerAddress(
                    id,
                    host,
                    port,
                    text(in, "rack", WireFormat.LONGEST_NAME),
                    text(in, "zone", WireFormat.LONGEST_NAME)));
        }
        return new Frame.Peers(digest, share, shares, List.copyOf(peers));
    }

    private static Frame.Have have(ByteBuf in) throws MalformedFrameException {
        Digest digest = digest(in);
        int size = number(in, "number of chunks", WireFormat.MOST_CHUNKS);
        return switch (in.readUnsignedByte()) {
            case WireFormat.HAVE_BITMAP -> {
                int length = in.readableBytes();
                if (length > (size + 7) / 8) {
                    throw new MalformedFrameException("a bitmap of " + length + " bytes for " + size + " chunks");
                }
                yield new Frame.Have(digest, ChunkSet.ofBitmap(size, bytes(in, length)));
            }
            case WireFormat.HAVE_INDICES -> {
                ChunkSet chunks = new ChunkSet(size);
                for (int last = -1; in.isReadable(); ) {
                    int index = in.readInt();
                    if (index <= last || index >= size) {
                        throw new MalformedFrameException("chunk " + index + " behind " + last + " of " + size);
                    }
                    chunks.add(index);
                    last = index;
                }
                yield new Frame.Have(digest, chunks);
            }
            default -> throw new MalformedFrameException("a have is neither bitmap nor indices");
        };
    }

    private static Frame.Want want(ByteBuf in) throws MalformedFrameException {
        int request = in.readInt();
        Digest digest = digest(in);
        int index = in.readInt();
        if (index < Frame.ANY || index >= WireFormat.MOST_CHUNKS) {
            throw new MalformedFrameException("no blob has a chunk " + index);
        }
        Priority priority = constant(in, "priority", Priority.values());
        int has = in.readInt();
        if (has < 0 || has > WireFormat.MOST_CHUNKS) {
            throw new MalformedFrameException("nobody has " + has + " chunks of a blob");
        }
        return new Frame.Want(request, digest, index, priority, has);
    }

    static Digest digest(ByteBuf in) {
        return Digest.ofBytes(bytes(in, Digest.BYTES));
    }

    private static UUID id(ByteBuf in) {
        return new UUID(in.readLong(), in.readLong());
    }

    /** Reads that many bytes; looks before it allocates. */
    private static byte[] bytes(ByteBuf in, int length) {
        if (length > in.readableBytes()) {
            throw new IndexOutOfBoundsException(length);
        }
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    private static String text(ByteBuf in, String what, int longest) throws MalformedFrameException {
        int length = in.readUnsignedShort();
        if (length > longest) {
            throw new MalformedFrameException(
                    "a " + what + " of " + length + " bytes, at most " + longest + " are allowed");
        }
        return utf8(in, what, length);
    }

    private static String utf8(ByteBuf in, String what, int length) throws MalformedFrameException {
        byte[] bytes = bytes(in, length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedFrameException("a " + what + " that is not UTF-8", e);
        }
    }

    private static int number(ByteBuf in, String what, int greatest) throws MalformedFrameException {
        int number = in.readInt();
        if (number < 0 || number > greatest) {
            throw new MalformedFrameException("the " + what + " is " + Integer.toUnsignedString(number) + ", at most "
                    + greatest + " is allowed");
        }
        return number;
    }

    private static <T> T constant(ByteBuf in, String what, T[] constants) throws MalformedFrameException {
        int ordinal = in.readUnsignedByte();
        if (ordinal >= constants.length) {
            throw new MalformedFrameException("no " + what + " has number " + ordinal);
        }
        return constants[ordinal];
    }
}
