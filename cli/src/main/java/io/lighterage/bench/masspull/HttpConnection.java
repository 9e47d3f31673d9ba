package io.lighterage.bench.masspull;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A client of HTTP/1.1 on one connection, by RFC 9112, that costs little: the body goes from the socket through one
 * buffer to its target. The socket belongs to the network of the thread that opens it. Closing it from elsewhere ends
 * whatever waits.
 */
final class HttpConnection implements AutoCloseable {
    private static final int BUFFER = 256 << 10;
    private static final int LONGEST_HEAD = 32 << 10;

    private final InetSocketAddress address;
    private final SocketChannel channel;

    /** Between position and limit: what was read and not yet used. */
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).flip();

    private HttpConnection(InetSocketAddress address, SocketChannel channel) {
        this.address = address;
        this.channel = channel;
    }

    /** The head of an answer; {@code headers} by name in lower case. */
    record Head(int status, Map<String, String> headers, long length) {}

    /** Connects. */
    static HttpConnection open(InetSocketAddress address) throws IOException {
        try {
            SocketChannel channel = SocketChannel.open(address);
            // Else a body waits for the other side's delayed acknowledgement of its head: 40 ms for each blob of a push.
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new HttpConnection(address, channel);
        } catch (IOException e) {
            throw new IOException("cannot connect to " + address + ": " + e.getMessage(), e);
        }
    }

    /** Whether it has not been closed here. */
    boolean isOpen() {
        return channel.isOpen();
    }

    /** Asks for {@code path}. The body must be read before the next request. */
    Head get(String path, String accept) throws IOException {
        send("GET", path, accept.isEmpty() ? "" : "Accept: " + accept + "\r\n");
        return head();
    }

    /** Sends a request whose body is {@code content}. */
    Head send(String method, String path, String contentType, byte[] content) throws IOException {
        send(method, path, "Content-Type: " + contentType + "\r\nContent-Length: " + content.length + "\r\n");
        write(ByteBuffer.wrap(content));
        return head();
    }

    /** Sends a request whose body is a file. */
    Head send(String method, String path, Path file) throws IOException {
        try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ)) {
            long length = from.size();
            send(method, path, "Content-Type: application/octet-stream\r\nContent-Length: " + length + "\r\n");
            for (long sent = 0; sent < length; ) {
                sent += from.transferTo(sent, length - sent, channel);
            }
        }
        return head();
    }

    private void send(String method, String path, String headers) throws IOException {
        String text = method + " " + path + " HTTP/1.1\r\nHost: " + address.getAddress().getHostAddress() + ":"
                + address.getPort()
                + "\r\nUser-Agent: lighter-bench\r\n" + headers + "\r\n";
        write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private Head head() throws IOException {
        String status = line();
        String[] words = status.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5][0-9][0-9]")) {
            throw new IOException(address + " answers with \"" + status + "\" instead of HTTP");
        }
        Map<String, String> headers = new TreeMap<>();
        int bytes = status.length();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            bytes += line.length();
            if (colon <= 0 || bytes > LONGEST_HEAD) {
                throw new IOException(address + " answers with a malformed or endless head");
            }
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
        }
        return new Head(Integer.parseInt(words[1]), headers, length(Integer.parseInt(words[1]), headers));
    }

    private long length(int status, Map<String, String> headers) throws IOException {
        String text = headers.getOrDefault("content-length", status == 204 || status == 304 ? "0" : "");
        if (!text.matches("[0-9]{1,18}")) {
            throw new IOException(address + " answers " + status + " without the length of its body");
        }
        return Long.parseLong(text);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!buffer.hasRemaining()) {
                fill();
            }
            char c = (char) (buffer.get() & 0xff);
            if (c == '\n') {
                int end = line.length() > 0 && line.charAt(line.length() - 1) == '\r' ? line.length() - 1
                        : line.length();
                return line.substring(0, end);
            }
            if (line.append(c).length() > LONGEST_HEAD) {
                throw new IOException(address + " answers with a line without end");
            }
        }
    }

    private void fill() throws IOException {
        buffer.clear();
        int count = channel.read(buffer);
        buffer.flip();
        if (count <= 0) {
            throw new EOFException(address + " closed the connection");
        }
    }

    /** Reads the whole body of an answer into memory; for small ones. */
    byte[] body(Head head) throws IOException {
        if (head.length() > 8 << 20) {
            throw new IOException(address + " answers with " + head.length() + " bytes where little was expected");
        }
        ByteBuffer all = ByteBuffer.allocate((int) head.length());
        body(head.length(), () -> { }, all::put);
        return all.array();
    }

    /**
     * Reads a body of {@code length} bytes, piece by piece, of which {@code target} takes all each time;
     * {@code onFirst} runs when the first of them is here.
     */
    void body(long length, Runnable onFirst, Consumer<ByteBuffer> target) throws IOException {
        long left = length;
        if (left > 0 && !buffer.hasRemaining()) {
            fill();
        }
        onFirst.run();
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                fill();
            }
            int end = buffer.limit();
            buffer.limit((int) Math.min(end, buffer.position() + left));
            left -= buffer.remaining();
            target.accept(buffer);
            buffer.limit(end);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
