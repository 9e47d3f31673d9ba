package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.Place;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tracker for one torrent, by BEP 3 and 23: tells everybody of everybody. */
final class Tracker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tracker.class);
    private static final int INTERVAL_SECONDS = 5;
    private static final int TIMEOUT_MILLIS = 5000;
    private static final java.util.regex.Pattern PORT = java.util.regex.Pattern.compile("[?&]port=([0-9]{1,5})(?:&| )");
    private static final java.util.regex.Pattern STOPPED = java.util.regex.Pattern.compile("[?&]event=stopped(?:&| )");

    private final ServerSocket server;

    /** IPv4 addresses and ports as peers get them, by the same as text; guarded by this. */
    private final Map<String, byte[]> peers = new LinkedHashMap<>();

    private Tracker(ServerSocket server) {
        this.server = server;
    }

    /** Listens on {@code port} of all addresses of {@code place}. */
    static Tracker start(Place place, int port) throws IOException, InterruptedException {
        Tracker tracker = new Tracker(place.call(() -> {
            ServerSocket socket = new ServerSocket();
            socket.bind(new InetSocketAddress("0.0.0.0", port));
            return socket;
        }));
        place.start("tracker", tracker::serve);
        return tracker;
    }

    /** How many peers have announced themselves. */
    synchronized int peers() {
        return peers.size();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.setSoTimeout(TIMEOUT_MILLIS);
                answer(client);
            } catch (SocketException e) {
                LOG.debug("the tracker's socket: {}", e.getMessage());
            } catch (IOException e) {
                LOG.warn("the tracker cannot answer: {}", e.getMessage());
            }
        }
    }

    private void answer(Socket client) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(),
                StandardCharsets.ISO_8859_1));
        String request = in.readLine();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            LOG.trace("{}", line);
        }
        byte[] body = request == null ? new byte[0] : peersFor(request, client.getInetAddress().getAddress());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
                + body.length
                + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(body);
        client.getOutputStream().write(out.toByteArray());
    }

    private synchronized byte[] peersFor(String request, byte[] ip) {
        Matcher port = PORT.matcher(request);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!port.find() || ip.length != 4) {
            out.writeBytes("d14:failure reason7:no porte".getBytes(StandardCharsets.US_ASCII));
            return out.toByteArray();
        }
        int number = Integer.parseInt(port.group(1));
        byte[] own = {ip[0], ip[1], ip[2], ip[3], (byte) (number >> 8), (byte) number};
        String key = HexFormat.of().formatHex(own);
        out.writeBytes(("d8:intervali" + INTERVAL_SECONDS + "e12:min intervali" + INTERVAL_SECONDS + "e5:peers"
                + 6 * (peers.size() - (peers.containsKey(key) ? 1 : 0)) + ":").getBytes(StandardCharsets.US_ASCII));
        peers.forEach((other, bytes) -> {
            if (!other.equals(key)) {
                out.writeBytes(bytes);
            }
        });
        out.write('e');
        if (STOPPED.matcher(request).find()) {
            peers.remove(key);
        } else {
            peers.put(key, own);
        }
        return out.toByteArray();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
