package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Who is connected to whom, and what one tells the other. */
class TransportTest extends TransportFixture {
    @Test
    void hostsLearnEachOthersIntroduction() throws Exception {
        Transport a = start(config(), hello(1, "rack-a"), here);
        Transport b = start(config(), hello(2, "rack-b"), there);

        Connection toB = connect(a, b);

        assertThat(toB.peer()).isEqualTo(b.self());
        assertThat(there.onlyConnection().peer()).isEqualTo(a.self());
        assertThat(b.self().port()).isEqualTo(b.localAddress().getPort());
        Await.until(SOON, "round trip", () -> toB.roundTripNs() > 0);
    }

    @Test
    void framesArriveInOrder() throws Exception {
        Connection toB = pair();
        Digest digest = Digest.of(new byte[1]);

        for (int i = 0; i < 1000; i++) {
            toB.send(new Frame.Want(i, digest, i, Priority.PREFETCH));
        }

        for (int i = 0; i < 1000; i++) {
            assertThat(there.nextFrame()).isEqualTo(new Frame.Want(i, digest, i, Priority.PREFETCH));
        }
    }

    @Test
    void chunksArriveWholeAndLeaveTheDataFileOpen() throws Exception {
        Connection toB = pair();
        TestBlob blob = blob(random(8 * CHUNK - 77));
        AtomicInteger sent = new AtomicInteger();

        for (int i = 0; i < 8; i++) {
            sendChunk(toB, blob, i, i, Priority.PREFETCH, done -> sent.addAndGet(done ? 1 : 100));
        }

        assertChunks(blob, there.nextChunks(8));
        Await.until(SOON, "end of sending", () -> sent.get() == 8);
        assertThat(blob.leases()).isZero();
        assertThat(blob.isOpen()).isTrue();
        assertThat(toB.queuedBytes()).isZero();
        assertThat(toB.bytesSent()).isGreaterThan(blob.content.length);
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        WireConfig taken = WireConfig.on(a.localAddress());

        assertThatThrownBy(() -> Transport.start(taken, hello(2, ""), there))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + a.localAddress().getPort());
    }

    @Test
    void oneAddressIsConnectedOnce() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        int port = b.localAddress().getPort();

        CompletableFuture<Connection> first = a.connect("127.0.0.1", port);
        CompletableFuture<Connection> second = a.connect("127.0.0.1", port);

        assertThat(second.get(10, TimeUnit.SECONDS)).isSameAs(first.get(10, TimeUnit.SECONDS));
        assertThat(connect(a, b)).isSameAs(first.get());
        assertThat(connect(b, a)).isSameAs(there.onlyConnection());
        assertThat(here.connected).hasSize(1);
        assertThat(there.connected).hasSize(1);
    }

    @Test
    void oneHostAtTwoAddressesIsConnectedOnce() throws Exception {
        WireConfig everywhere = WireConfig.on(new InetSocketAddress("0.0.0.0", 0));
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(everywhere, hello(2, ""), there);
        int port = b.localAddress().getPort();

        Connection first = a.connect("127.0.0.1", port).get(10, TimeUnit.SECONDS);
        Connection second = a.connect("127.0.0.2", port).get(10, TimeUnit.SECONDS);

        assertThat(second).isSameAs(first);
        there.onlyConnection();
        assertThat(here.connected).hasSize(1);
        assertThat(there.connected).hasSize(1);
    }

    @RepeatedTest(20)
    void hostsThatConnectToEachOtherAtOnceKeepOneConnection() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);

        CompletableFuture<Connection> toB = a.connect("127.0.0.1", b.localAddress().getPort());
        CompletableFuture<Connection> toA = b.connect("127.0.0.1", a.localAddress().getPort());

        assertThat(toB.get(10, TimeUnit.SECONDS)).isSameAs(here.onlyConnection());
        assertThat(toA.get(10, TimeUnit.SECONDS)).isSameAs(there.onlyConnection());
        toB.get().send(new Frame.Cancel(5));
        assertThat(there.nextFrame()).isEqualTo(new Frame.Cancel(5));
        assertThat(here.connected).hasSize(1);
        assertThat(there.connected).hasSize(1);
        assertThat(here.disconnected).isEmpty();
        assertThat(there.disconnected).isEmpty();
    }

    @Test
    void aHostDoesNotConnectToItself() throws Exception {
        Transport a = start(config(), hello(1, ""), here);

        assertThatThrownBy(() -> connect(a, a))
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + a.localAddress().getPort())
                .hasMessageContaining("itself");
        assertThat(here.connected).isEmpty();
    }

    @Test
    void aHostThatIsNotThereIsNamed() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport gone = start(config(), hello(2, ""), there);
        gone.close();

        assertThatThrownBy(() -> connect(a, gone))
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + gone.localAddress().getPort());
    }

    @Test
    void aHostCanBeConnectedAnewAfterItsConnectionClosed() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        Connection first = connect(b, a);
        first.close("enough");
        Await.until(SOON, "end", () -> here.disconnected.size() == 1 && there.disconnected.size() == 1);

        assertThat(connect(b, a)).isNotSameAs(first);
        assertThat(here.disconnected.values()).singleElement().asString().contains("enough");
    }

    @Test
    void whoeverComesBeyondTheMostConnectionsIsToldSo() throws Exception {
        WireConfig one = new WireConfig(config().bind(), SOON, SOON, SOON, 1, true, 1);
        Transport a = start(one, hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        Transport c = start(config(), hello(3, ""), new Recorder());
        connect(b, a);

        assertThatThrownBy(() -> connect(c, a)).hasMessageContaining("1 connections are open here");
        assertThat(here.connected).hasSize(1);
    }

    @Test
    void closingTellsTheOtherSideAndEveryListener() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        connect(a, b);
        there.onlyConnection();

        a.close();

        assertThat(here.disconnected.values()).containsExactly("this host is closing");
        Await.until(SOON, "goodbye", () -> there.disconnected.size() == 1);
        assertThat(there.disconnected.values()).containsExactly("it said goodbye: this host is closing");
        assertThatThrownBy(() -> connect(a, b)).hasMessageContaining("closing");
    }
}
