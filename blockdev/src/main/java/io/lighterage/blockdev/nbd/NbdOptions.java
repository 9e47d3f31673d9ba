package io.lighterage.blockdev.nbd;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The data of a client's options, read and checked. Every {@code read} throws {@link BadOptionException} for what does
 * not fit.
 */
final class NbdOptions {
    private static final int MOST_QUERIES = 64;

    private NbdOptions() {}

    /** An option's data breaks the specification; the message says how. */
    static final class BadOptionException extends Exception {
        BadOptionException(String message) {
            super(message);
        }
    }

    /** The data of {@code INFO} and {@code GO}: an export, and what to tell of it besides the necessary. */
    record Info(String export, List<Integer> wanted) {
        static Info read(ByteBuf data) throws BadOptionException {
            String export = string(data);
            need(data, Short.BYTES);
            int count = data.readUnsignedShort();
            need(data, count * Short.BYTES);
            List<Integer> wanted = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                wanted.add(data.readUnsignedShort());
            }
            end(data);
            return new Info(export, wanted);
        }
    }

    /** The data of {@code LIST_META_CONTEXT} and {@code SET_META_CONTEXT}. */
    record Contexts(String export, List<String> queries) {
        static Contexts read(ByteBuf data) throws BadOptionException {
            String export = string(data);
            need(data, Integer.BYTES);
            long count = data.readUnsignedInt();
            if (count > MOST_QUERIES) {
                throw new BadOptionException("asks for " + count + " metadata contexts, more than " + MOST_QUERIES);
            }
            List<String> queries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                queries.add(string(data));
            }
            end(data);
            return new Contexts(export, queries);
        }
    }

    /** All of {@code data} as a name. */
    static String name(ByteBuf data) throws BadOptionException {
        return text(data, data.readableBytes());
    }

    /** Makes sure that nothing is left of {@code data}. */
    static void end(ByteBuf data) throws BadOptionException {
        if (data.isReadable()) {
            throw new BadOptionException(data.readableBytes() + " bytes too many");
        }
    }

    private static String string(ByteBuf data) throws BadOptionException {
        need(data, Integer.BYTES);
        return text(data, data.readUnsignedInt());
    }

    private static String text(ByteBuf data, long length) throws BadOptionException {
        if (length > Nbd.MOST_STRING_BYTES) {
            throw new BadOptionException("a string of " + length + " bytes, more than " + Nbd.MOST_STRING_BYTES);
        }
        need(data, length);
        byte[] bytes = new byte[(int) length];
        data.readBytes(bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new BadOptionException("a string that is not UTF-8");
        }
    }

    private static void need(ByteBuf data, long bytes) throws BadOptionException {
        if (data.readableBytes() < bytes) {
            throw new BadOptionException("ends " + (bytes - data.readableBytes()) + " bytes too early");
        }
    }
}
