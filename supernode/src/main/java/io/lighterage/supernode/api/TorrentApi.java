package io.lighterage.supernode.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.lighterage.supernode.torrent.LaneException;
import io.lighterage.supernode.torrent.LaneTorrent;
import io.lighterage.supernode.torrent.MalformedException;
import io.lighterage.supernode.torrent.TorrentLane;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Torrents, and the tracker that they name:
 *
 * <pre>
 * GET /torrents/sha256:HEX.torrent[?repository=NAME]          a blob, as a torrent of one file
 * GET /torrents/sha256:HEX.magnet[?repository=NAME]           the same as a magnet link
 * GET /torrents/image?ref=REF[&amp;platform=OS/ARCH][&amp;form=magnet]   a whole image, as an OCI image layout
 * GET /torrents/announce?info_hash=...                        the tracker, BEP 3 and 23
 * GET /torrents/scrape?info_hash=...                          how many have a torrent, BEP 48
 * </pre>
 *
 * <p>Errors are {@code {"error": TEXT}} with the status of {@link LaneException#status()}, or 400 for what cannot be
 * understood; the tracker's are bencoded.
 */
public final class TorrentApi {
    /** Where torrents of images are. */
    public static final String IMAGE = "/torrents/image";

    private static final Logger LOG = LoggerFactory.getLogger(TorrentApi.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ANNOUNCE = "/torrents/announce";
    private static final String SCRAPE = "/torrents/scrape";
    private static final Pattern HOST = Pattern.compile("(?:[A-Za-z0-9._-]{1,255}|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?");

    private final TorrentLane lane;

    /** @param lane what it shows */
    public TorrentApi(TorrentLane lane) {
        this.lane = lane;
    }

    /** What may fail as the lane does. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.get(ANNOUNCE).handler(context -> onThread(context, () -> announce(context)));
        router.get(SCRAPE).handler(context -> onThread(context, () -> scrape(context)));
        router.get(IMAGE).handler(context -> onThread(context, () -> image(context)));
        router.get("/torrents/:name").handler(context -> onThread(context, () -> blob(context)));
    }

    private void announce(RoutingContext context) throws IOException {
        InetAddress client = address(context.request().remoteAddress());
        InetAddress reached = address(context.request().localAddress());
        track(context, query -> lane.announce(query, client, reached));
    }

    private void scrape(RoutingContext context) throws IOException {
        track(context, lane::scrape);
    }

    /** What the tracker does with a query. */
    @FunctionalInterface
    private interface Tracking {
        byte[] answer(String query) throws IOException;
    }

    private void track(RoutingContext context, Tracking tracking) throws IOException {
        byte[] body;
        int status = 200;
        try {
            body = tracking.answer(context.request().query());
        } catch (MalformedException e) {
            status = 400;
            body = lane.failure(e.getMessage());
        }
        answer(context, status, "text/plain", body);
    }

    private static InetAddress address(SocketAddress address) throws IOException {
        return InetAddress.getByName(address.hostAddress());
    }

    private void image(RoutingContext context) throws IOException, InterruptedException {
        String ref = context.request().getParam("ref");
        if (ref == null) {
            throw new IllegalArgumentException("expected ?ref=REFERENCE");
        }
        String platform = context.request().getParam("platform");
        String form = context.request().getParam("form", "torrent");
        if (!form.equals("torrent") && !form.equals("magnet")) {
            throw new IllegalArgumentException("form is torrent or magnet, not " + Quoted.of(form));
        }
        LaneTorrent torrent = lane.image(
                ImageReference.parse(ref), platform == null ? Platform.host() : Platform.parse(platform));
        give(context, torrent, form);
    }

    private void blob(RoutingContext context) throws IOException, InterruptedException {
        String name = context.pathParam("name");
        int dot = name.lastIndexOf('.');
        String form = dot < 0 ? "" : name.substring(dot + 1);
        if (!form.equals("torrent") && !form.equals("magnet")) {
            throw new IllegalArgumentException("expected DIGEST.torrent or DIGEST.magnet, not " + Quoted.of(name));
        }
        Digest digest = Digest.parse(name.substring(0, dot));
        Optional<Repository> repository = Optional.ofNullable(context.request().getParam("repository"))
                .map(text -> ImageReference.parse(text).repository());
        give(context, lane.blob(digest, repository), form);
    }

    private static void give(RoutingContext context, LaneTorrent torrent, String form) {
        String announce = context.request().scheme() + "://" + host(context) + ANNOUNCE;
        if (form.equals("magnet")) {
            answer(context, 200, "text/plain", (torrent.magnet(announce) + "\n").getBytes(StandardCharsets.UTF_8));
            return;
        }
        context.response().putHeader("Content-Disposition", "attachment; filename=\"" + torrent.name() + ".torrent\"");
        answer(context, 200, "application/x-bittorrent", torrent.file(announce));
    }

    /** How the client reached this process, so that its BitTorrent client does too. */
    private static String host(RoutingContext context) {
        String host = context.request().getHeader("Host");
        if (host != null && HOST.matcher(host).matches()) {
            return host;
        }
        SocketAddress local = context.request().localAddress();
        String address = local.hostAddress();
        return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + local.port();
    }

    private void onThread(RoutingContext context, Action action) {
        Thread.ofVirtual().name("torrents").start(() -> {
            try {
                action.run();
            } catch (IllegalArgumentException e) {
                refuse(context, 400, e.getMessage());
            } catch (LaneException e) {
                refuse(context, e.status(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                refuse(context, 503, "the supernode is shutting down");
            } catch (IOException | RuntimeException e) {
                LOG.error("{} {} failed", context.request().method(), context.request().uri(), e);
                refuse(context, 500, "a fault of this supernode, see its log");
            }
        });
    }

    private void refuse(RoutingContext context, int status, String why) {
        lane.refused();
        try {
            answer(context, status, "application/json", JSON.writeValueAsBytes(Map.of("error", String.valueOf(why))));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a text can be written", e);
        }
    }

    private static void answer(RoutingContext context, int status, String type, byte[] body) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            LOG.debug("{}: who asked has gone", context.request().uri());
            return;
        }
        response.setStatusCode(status)
                .putHeader("Content-Type", type)
                .putHeader("Cache-Control", "no-store")
                .end(Buffer.buffer(body));
    }
}
