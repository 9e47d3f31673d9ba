package io.lighterage.tests.mirror;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One HTTP/1.1 request on a connection of its own, sent as it is written: paths and headers are not made better. */
final class RawHttp {
    private static final int TIMEOUT_MS = 90_000;

    private RawHttp() {}

    /** An answer; header names are in lower case. */
    record Answer(int status, Map<String, String> headers, byte[] body) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** A body that ends before the length that its head tells. */
    static final class BrokenOffException extends EOFException {
        private final transient byte[] begun;
        private transient Answer answer;

        BrokenOffException(byte[] begun, int length) {
            super("the body ended after " + begun.length + " of " + length + " bytes");
            this.begun = begun;
        }

        /** What arrived. */
        Answer answer() {
            return answer;
        }
    }

    static Answer send(URI server, String method, String path, Map<String, String> headers, byte[] body)
            throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MS);
            StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: " + server.getAuthority()
                    + "\r\nConnection: close\r\n");
            headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
            if (body.length > 0 || method.equals("PUT") || method.equals("POST")) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(body);
            return read(socket.getInputStream(), method);
        }
    }

    static Answer get(URI server, String path, Map<String, String> headers) throws IOException {
        return send(server, "GET", path, headers, new byte[0]);
    }

    /** Reads an answer whose connection closes behind it. */
    static Answer read(InputStream in, String method) throws IOException {
        String[] statusLine = line(in).split(" ", 3);
        int status = Integer.parseInt(statusLine[1]);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (one, other) -> one + ", " + other);
        }
        try {
            return new Answer(status, headers, body(in, method, status, headers));
        } catch (BrokenOffException e) {
            e.answer = new Answer(status, headers, e.begun);
            throw e;
        }
    }

    private static byte[] body(InputStream in, String method, int status, Map<String, String> headers)
            throws IOException {
        if (method.equals("HEAD") || status == 304 || status == 204) {
            byte[] more = in.readAllBytes();
            if (more.length > 0) {
                throw new IOException("an answer without a body has " + more.length + " bytes of one");
            }
            return more;
        }
        if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                body.write(exactly(in, size));
                line(in);
            }
            return body.toByteArray();
        }
        String length = headers.get("content-length");
        return length == null ? in.readAllBytes() : exactly(in, Integer.parseInt(length));
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new BrokenOffException(bytes, length);
        }
        return bytes;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection closed after: " + line);
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }
}
