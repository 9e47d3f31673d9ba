package io.lighterage.cli;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.blockdev.snapshotter.SnapshotterStatus;
import io.lighterage.supernode.api.ProcessStatus;
import io.lighterage.supernode.torrent.LaneStatistics;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** Prints a process's status for people. */
final class StatusTable {
    private StatusTable() {}

    static void print(ProcessStatus status, PrintWriter out) {
        ProcessStatus.Store store = status.store();
        ProcessStatus.Traffic traffic = status.traffic();
        Table table = new Table(false, false)
                .row(status.role(), status.version())
                .row("up", uptime(Duration.ofSeconds(status.uptimeSeconds())))
                .row("blobs", store.blobs() + " (" + store.completeBlobs() + " whole)")
                .row("stored", Amounts.bytes(store.presentBytes()) + " of " + Amounts.bytes(store.totalBytes()))
                .row("connections", String.valueOf(status.connections()))
                .row("transfers", String.valueOf(status.transfers()))
                .row("from upstream", Amounts.bytes(traffic.fromUpstream()))
                .row("from supernode", Amounts.bytes(traffic.fromSupernode()))
                .row("from nodes", Amounts.bytes(traffic.fromPeers()))
                .row("to nodes", Amounts.bytes(traffic.toNodes()))
                .row("wrong chunks", String.valueOf(traffic.wrongChunks()))
                .row("hedged chunks", String.valueOf(traffic.hedges()))
                .row("tracked blobs", String.valueOf(status.trackedBlobs()))
                .row("mirror", mirror(status.mirror()))
                .row("stale tags", String.valueOf(status.mirror().staleTags()))
                .row("broken off", String.valueOf(status.mirror().brokenOff()))
                .row("registries", status.upstream().requests() + " requests, " + status.upstream().retries()
                        + " retries, " + status.upstream().resumed() + " resumed");
        if (status.torrents() != null) {
            table.row("torrents", torrents(status.torrents()));
        }
        if (status.snapshots() != null) {
            table.row("snapshots", snapshots(status.snapshots()));
        }
        table.print(out);
        images(status.images(), out);
        choices(status.snapshots(), out);
        conversions(status.conversions(), out);
        peers(status.peers(), out);
    }

    private static String mirror(ProcessStatus.Mirror mirror) {
        StringJoiner classes = new StringJoiner(", ", " (", ")").setEmptyValue("");
        mirror.requests().forEach((status, count) -> classes.add(status + " " + count));
        long all = mirror.requests().values().stream().mapToLong(Long::longValue).sum();
        return all + " requests" + classes + ", " + Amounts.bytes(mirror.bytesOut());
    }

    private static String torrents(LaneStatistics lane) {
        return lane.loaded() + " loaded, " + lane.connections() + " clients, " + Amounts.bytes(lane.bytesSent())
                + " sent, " + (lane.refused() + lane.stalled()) + " clients and " + lane.refusedRequests()
                + " requests refused";
    }

    private static String snapshots(SnapshotterStatus held) {
        return held.snapshots() + " (" + held.remoteLayers() + " layers not unpacked), images: " + held.lazy()
                + " lazy, " + held.eager() + " pulled as ever";
    }

    private static void choices(SnapshotterStatus held, PrintWriter out) {
        if (held == null || held.choices().isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table(false, false, false).row("PULLED BY CONTAINERD", "HOW", "WHY");
        for (SnapshotterStatus.Choice choice : held.choices()) {
            table.row(choice.image(), choice.lazy() ? "lazy" : "as ever", dash(choice.reason()));
        }
        table.print(out);
    }

    private static void images(List<ImageStatus> images, PrintWriter out) {
        if (images.isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table(false, true, true, true, true, true, false)
                .row("IMAGE", "SIZE", "LOCAL", "ON DEMAND", "AMPLIFIED", "WAITING", "MOUNTED AT");
        for (ImageStatus image : images) {
            table.row(
                    image.names().isEmpty() ? image.manifest() : image.names().getLast(),
                    Amounts.bytes(image.length()),
                    100 * image.localBytes() / image.length() + " %",
                    Amounts.bytes(image.onDemandBytes()),
                    String.format(Locale.ROOT, "%.1f", image.readAmplification()),
                    String.valueOf(image.waitingReads()),
                    dash(image.mounts().stream()
                            .map(mount -> mount.directory() + (mount.lazy() ? "" : " (local files)"))
                            .collect(Collectors.joining(", "))));
        }
        table.print(out);
    }

    private static void conversions(List<ConversionProgress> conversions, PrintWriter out) {
        if (conversions.isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table(false, false, false, true, true, false)
                .row("IMAGE", "AS", "STATE", "LAYERS", "READ", "ERROR");
        for (ConversionProgress one : conversions) {
            table.row(
                    one.image(),
                    one.lazy() ? "device" : "blobs",
                    one.state().name().toLowerCase(Locale.ROOT),
                    one.layers() == 0 ? "-" : one.layersDone() + " of " + one.layers(),
                    Amounts.bytes(one.bytes()) + " of " + Amounts.bytes(one.totalBytes()),
                    dash(one.error()));
        }
        table.print(out);
    }

    private static void peers(List<ProcessStatus.Peer> peers, PrintWriter out) {
        if (peers.isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table(false, false, false, false).row("PEER", "ADDRESS", "RACK", "ZONE");
        for (ProcessStatus.Peer peer : peers) {
            table.row(peer.id(), peer.address(), dash(peer.rack()), dash(peer.zone()));
        }
        table.print(out);
    }

    private static String dash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static String uptime(Duration time) {
        String hours = time.toHours() > 0 ? time.toHours() + " h " : "";
        String minutes = time.toMinutes() > 0 ? time.toMinutesPart() + " min " : "";
        return hours + minutes + time.toSecondsPart() + " s";
    }
}
