package io.lighterage.tests.torrent;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tracker that knows one client, whatever it is asked (BEP 3 and 23). */
final class OnePeerTracker implements AutoCloseable {
    private final HttpServer server;

    private OnePeerTracker(HttpServer server) {
        this.server = server;
    }

    static OnePeerTracker start(InetSocketAddress peer) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.writeBytes("d8:intervali60e5:peers6:".getBytes(StandardCharsets.US_ASCII));
        answer.writeBytes(peer.getAddress().getAddress());
        answer.write(peer.getPort() >> 8);
        answer.write(peer.getPort());
        answer.write('e');
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, answer.size());
                answer.writeTo(exchange.getResponseBody());
            }
        });
        server.start();
        return new OnePeerTracker(server);
    }

    /** Writes a {@code .torrent} like {@code torrent} that names this tracker. */
    Path rewrite(Path torrent) throws IOException {
        String text = Files.readString(torrent, StandardCharsets.ISO_8859_1);
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/announce";
        String rest = text.substring(text.indexOf("4:info"));
        String written = "d8:announce" + url.length() + ":" + url + rest;
        return Files.writeString(torrent.resolveSibling("one-peer.torrent"), written, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
