package io.lighterage.supernode.torrent;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Who takes part in which torrent: an HTTP tracker's table (BEP 3, 7, 23). A peer is where its announce came from;
 * what it says of its address is not believed. Bounded in all, by torrent and by address. Guarded by this.
 */
final class Tracker {
    /** Peers in one answer at most. */
    static final int MOST_WANTED = 200;

    private static final Duration INTERVAL = Duration.ofMinutes(2);
    private static final Duration LEAST_INTERVAL = Duration.ofSeconds(15);
    private static final long LIFE_NS = INTERVAL.multipliedBy(2).toNanos();
    private static final int MOST_PEERS = 10_000;
    private static final int MOST_OF_ADDRESS = 64;

    private final RandomGenerator random;
    /** By torrent, then by where they are; least recent first. */
    private final Map<InfoHash, LinkedHashMap<InetSocketAddress, Entry>> peers = new LinkedHashMap<>();
    private final Map<InetAddress, Integer> ofAddress = new LinkedHashMap<>();
    private int count;

    private record Entry(byte[] id, boolean complete, long seenNs) {}

    Tracker(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Takes an announce and answers it.
     *
     * @param from the client's address
     * @param lane where the lane itself seeds, as that client reaches it
     */
    synchronized Bencoded.Dictionary announce(Announce announce, InetAddress from, InetSocketAddress lane, long nowNs) {
        forgetLost(nowNs);
        InetSocketAddress self = new InetSocketAddress(from, announce.port());
        remove(announce.infoHash(), self);
        if (announce.event() != Announce.Event.STOPPED) {
            add(announce.infoHash(), self, new Entry(announce.peerId(), announce.complete(), nowNs));
        }
        Map<InetSocketAddress, Entry> all = peers.getOrDefault(announce.infoHash(), new LinkedHashMap<>());
        long seeds = all.values().stream().filter(Entry::complete).count();
        Bencoded.Dictionary answer = new Bencoded.Dictionary()
                .with("interval", INTERVAL.toSeconds())
                .with("min interval", LEAST_INTERVAL.toSeconds())
                .with("complete", seeds + 1)
                .with("incomplete", all.size() - seeds);
        List<InetSocketAddress> chosen = choose(all, self, lane, announce);
        if (announce.compact()) {
            return answer.with("peers", compact(chosen, true)).with("peers6", compact(chosen, false));
        }
        List<Bencoded> listed = chosen.stream().<Bencoded>map(peer -> listed(peer, all.get(peer))).toList();
        return answer.with("peers", new Bencoded.Sequence(listed));
    }

    /** Tells how many have the torrent and how many fetch it, by BEP 48; the lane has it. */
    synchronized Bencoded.Dictionary scrape(InfoHash hash) {
        Map<InetSocketAddress, Entry> all = peers.getOrDefault(hash, new LinkedHashMap<>());
        long seeds = all.values().stream().filter(Entry::complete).count();
        return new Bencoded.Dictionary()
                .with("complete", seeds + 1)
                .with("downloaded", seeds)
                .with("incomplete", all.size() - seeds);
    }

    /** How many clients at {@code address} have not all of the torrent. */
    synchronized int incomplete(InfoHash hash, InetAddress address) {
        return (int) peers.getOrDefault(hash, new LinkedHashMap<>()).entrySet().stream()
                .filter(each -> each.getKey().getAddress().equals(address) && !each.getValue().complete())
                .count();
    }

    /** Peers known now. */
    synchronized int size() {
        return count;
    }

    private List<InetSocketAddress> choose(
            Map<InetSocketAddress, Entry> all, InetSocketAddress self, InetSocketAddress lane, Announce announce) {
        List<InetSocketAddress> chosen = new ArrayList<>();
        if (announce.event() == Announce.Event.STOPPED) {
            return chosen;
        }
        all.forEach((peer, entry) -> {
            if (!peer.equals(self) && !(announce.complete() && entry.complete())) {
                chosen.add(peer);
            }
        });
        Collections.shuffle(chosen, random);
        // Also for who claims to have everything: aria2 says so while it has only a magnet link.
        chosen.addFirst(lane);
        return chosen.subList(0, Math.min(chosen.size(), announce.wanted()));
    }

    private static Bencoded.Dictionary listed(InetSocketAddress peer, Entry entry) {
        Bencoded.Dictionary dictionary = new Bencoded.Dictionary()
                .with("ip", peer.getAddress().getHostAddress())
                .with("port", peer.getPort());
        return entry == null ? dictionary : dictionary.with("peer id", entry.id());
    }

    private static byte[] compact(Collection<InetSocketAddress> chosen, boolean four) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (InetSocketAddress peer : chosen) {
            if (peer.getAddress() instanceof Inet4Address == four) {
                bytes.writeBytes(peer.getAddress().getAddress());
                bytes.write(peer.getPort() >> 8);
                bytes.write(peer.getPort());
            }
        }
        return bytes.toByteArray();
    }

    private void add(InfoHash hash, InetSocketAddress self, Entry entry) {
        if (ofAddress.getOrDefault(self.getAddress(), 0) >= MOST_OF_ADDRESS) {
            return;
        }
        if (count >= MOST_PEERS) {
            InfoHash first = peers.keySet().iterator().next();
            remove(first, peers.get(first).keySet().iterator().next());
        }
        peers.computeIfAbsent(hash, ignored -> new LinkedHashMap<>()).put(self, entry);
        ofAddress.merge(self.getAddress(), 1, Integer::sum);
        count++;
    }

    private void remove(InfoHash hash, InetSocketAddress peer) {
        Map<InetSocketAddress, Entry> all = peers.get(hash);
        if (all != null && all.remove(peer) != null) {
            count--;
            ofAddress.computeIfPresent(peer.getAddress(), (address, number) -> number == 1 ? null : number - 1);
            if (all.isEmpty()) {
                peers.remove(hash);
            }
        }
    }

    /** Those of one torrent are in the order in which they were heard last. */
    private void forgetLost(long nowNs) {
        for (InfoHash hash : List.copyOf(peers.keySet())) {
            Map<InetSocketAddress, Entry> all = peers.get(hash);
            while (!all.isEmpty()) {
                Map.Entry<InetSocketAddress, Entry> first = all.entrySet().iterator().next();
                if (nowNs - first.getValue().seenNs() <= LIFE_NS) {
                    break;
                }
                remove(hash, first.getKey());
            }
        }
    }
}
