package io.lighterage.tests.bench;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Many light nodes in one process: each asks one host for every chunk of some blobs and throws the bytes away. They do
 * not exchange with each other, so that all the load falls on that host, a supernode or a node.
 */
public final class ExchangeLoad {
    private static final long CONNECT_SECONDS = 30;
    private static final long PULL_SECONDS = 900;

    private ExchangeLoad() {}

    /**
     * Arguments: HOST PORT GRANTS CLIENTS REGISTRY REPOSITORY DIGEST..., where GRANTS is the port of the supernode on
     * that host, the same as PORT to load the supernode; prints the bytes of chunks that came and the seconds that it
     * took.
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 7) {
            System.err.println("usage: ExchangeLoad HOST PORT GRANTS CLIENTS REGISTRY REPOSITORY DIGEST...");
            System.exit(2);
        }
        InetSocketAddress host = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        Repository repository = new Repository(arguments[4], arguments[5]);
        List<Digest> blobs = Arrays.stream(arguments).skip(6).map(Digest::parse).toList();
        long start = System.nanoTime();
        InetSocketAddress grants = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[2]));
        long bytes = run(host, grants, Integer.parseInt(arguments[3]), new Frame.Origin(repository, ""), blobs);
        System.out.printf("%d %.3f%n", bytes, (System.nanoTime() - start) / 1e9);
    }

    private static long run(
            InetSocketAddress host, InetSocketAddress grants, int clients, Frame.Origin origin, List<Digest> blobs)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        List<Transport> transports = new ArrayList<>();
        List<CompletableFuture<Long>> pulls = new ArrayList<>();
        try {
            for (int i = 0; i < clients; i++) {
                LightNode node = new LightNode(origin, blobs);
                Transport transport = transport(node);
                transports.add(transport);
                node.begin(connected(transport, host), connected(transport, grants));
                pulls.add(node.finished());
            }
            long bytes = 0;
            for (CompletableFuture<Long> pull : pulls) {
                bytes += pull.get(PULL_SECONDS, TimeUnit.SECONDS);
            }
            return bytes;
        } finally {
            transports.forEach(Transport::close);
        }
    }

    private static Connection connected(Transport transport, InetSocketAddress to)
            throws InterruptedException, ExecutionException, TimeoutException {
        return transport.connect(to.getHostString(), to.getPort()).get(CONNECT_SECONDS, TimeUnit.SECONDS);
    }

    private static Transport transport(LightNode node) throws IOException {
        WireConfig defaults = WireConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        WireConfig config = new WireConfig(
                defaults.bind(),
                defaults.connectTimeout(),
                defaults.handshakeTimeout(),
                defaults.idleTimeout(),
                defaults.maxConnections(),
                false,
                1);
        Hello self = new Hello(Hello.VERSION, UUID.randomUUID(), Hello.Role.NODE, "127.0.0.1", 0, "", "", 0);
        return Transport.start(config, self, node);
    }
}
