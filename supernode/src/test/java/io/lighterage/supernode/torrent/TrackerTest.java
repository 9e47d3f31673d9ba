package io.lighterage.supernode.torrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrackerTest {
    private static final InetSocketAddress LANE = new InetSocketAddress("10.0.0.1", 6881);

    private final Tracker tracker = new Tracker(new Random(1));

    private List<String> announce(String from, int port, String more, Duration at) throws Exception {
        Announce announce = Announce.parse(
                "info_hash=" + "%41".repeat(20) + "&peer_id=" + "b".repeat(20) + "&port=" + port + "&compact=1" + more);
        Bencoded.Dictionary answer = tracker.announce(announce, InetAddress.getByName(from), LANE, at.toNanos());
        return peers(answer.bytes("peers").orElseThrow().value());
    }

    private static List<String> peers(byte[] compact) throws UnknownHostException {
        assertThat(compact.length % 6).isZero();
        List<String> peers = new ArrayList<>();
        for (int i = 0; i < compact.length; i += 6) {
            byte[] address = {compact[i], compact[i + 1], compact[i + 2], compact[i + 3]};
            int port = (compact[i + 4] & 0xff) << 8 | compact[i + 5] & 0xff;
            peers.add(InetAddress.getByAddress(address).getHostAddress() + ":" + port);
        }
        return peers;
    }

    @Test
    void whoAnnouncesLearnsOfTheLaneAndOfOthersButNotOfItself() throws Exception {
        assertThat(announce("10.0.0.2", 1000, "", Duration.ZERO)).containsExactly("10.0.0.1:6881");
        assertThat(announce("10.0.0.3", 65535, "", Duration.ZERO)).containsExactly("10.0.0.1:6881", "10.0.0.2:1000");
        assertThat(announce("10.0.0.2", 1000, "", Duration.ZERO)).containsExactly("10.0.0.1:6881", "10.0.0.3:65535");
    }

    @Test
    void whoStopsIsForgottenAndGetsNobody() throws Exception {
        announce("10.0.0.2", 1000, "", Duration.ZERO);
        assertThat(announce("10.0.0.2", 1000, "&event=stopped", Duration.ZERO)).isEmpty();
        assertThat(announce("10.0.0.3", 1000, "", Duration.ZERO)).containsExactly("10.0.0.1:6881");
        assertThat(tracker.size()).isEqualTo(1);
    }

    @Test
    void whoIsSilentIsForgotten() throws Exception {
        announce("10.0.0.2", 1000, "", Duration.ZERO);
        assertThat(announce("10.0.0.3", 1000, "", Duration.ofMinutes(5))).containsExactly("10.0.0.1:6881");
        assertThat(tracker.size()).isEqualTo(1);
    }

    @Test
    void whoHasEverythingIsNotSentToOthersWhoHave() throws Exception {
        announce("10.0.0.2", 1000, "&left=0", Duration.ZERO);
        assertThat(announce("10.0.0.3", 1000, "&left=0&event=completed", Duration.ZERO))
                .containsExactly("10.0.0.1:6881");
        assertThat(announce("10.0.0.4", 1000, "&left=5", Duration.ZERO)).hasSize(3);
    }

    @Test
    void nobodyGetsMorePeersThanWantedOrThanTheBound() throws Exception {
        for (int i = 0; i < 300; i++) {
            announce("10.1." + i / 100 + "." + i % 100, 1000, "", Duration.ZERO);
        }
        assertThat(announce("10.0.0.2", 1000, "&numwant=7", Duration.ZERO)).hasSize(7);
        assertThat(announce("10.0.0.2", 1000, "&numwant=0", Duration.ZERO)).isEmpty();
        assertThat(announce("10.0.0.2", 1000, "&numwant=100000", Duration.ZERO)).hasSize(Tracker.MOST_WANTED);
    }

    @Test
    void oneAddressCannotFillTheTable() throws Exception {
        for (int port = 1; port <= 1000; port++) {
            announce("10.0.0.2", port, "", Duration.ZERO);
        }
        assertThat(tracker.size()).isEqualTo(64);
    }

    @Test
    void whatIsLeftMayBeUnknown() throws Exception {
        assertThat(announce("10.0.0.2", 1000, "&left=18446744073709551615&event=started", Duration.ZERO)).hasSize(1);
    }
}
