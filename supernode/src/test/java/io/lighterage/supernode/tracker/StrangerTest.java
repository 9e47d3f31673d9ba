package io.lighterage.supernode.tracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.SwarmExchange;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.peer.grant.GrantStatistics;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Frame;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hosts that ask an exchange for a blob whose digest they know, with other grants than they should have. */
@Timeout(120)
class StrangerTest {
    private static final int LENGTH = 600_000;
    private static final Digest NOWHERE = Digest.of(new byte[] {1, 2, 3});

    @TempDir
    Path directory;

    private Datacenter datacenter;
    private SwarmExchange node;
    private Digest blob;

    @BeforeEach
    void aBlobIsAtTheSupernodeAndAtANode() throws Exception {
        datacenter = new Datacenter(directory.resolve("datacenter"));
        datacenter.startSupernode();
        node = datacenter.startNode();
        byte[] content = new byte[LENGTH];
        new Random(11).nextBytes(content);
        blob = datacenter.publish(content);
        Datacenter.pullEverywhere(List.of(node), blob);
    }

    @AfterEach
    void close() throws Exception {
        datacenter.close();
    }

    private InetSocketAddress atNode() {
        return node.transport().localAddress();
    }

    private InetSocketAddress atSupernode() {
        return datacenter.supernode.transport().localAddress();
    }

    private byte[] grant(InstantSource clock, UUID bearer) throws Exception {
        return datacenter.issuer(clock).issue(Datacenter.REPOSITORY, Optional.of(blob), Optional.of(bearer));
    }

    /** Asks for everything about a blob and for a chunk of it, and answers the status of the refusal. */
    private static int refusal(Stranger stranger, Digest digest) throws Exception {
        stranger.say(new Frame.Open(digest, Optional.empty(), true));
        Frame.Refused refused = (Frame.Refused) stranger.hear();
        assertThat(refused.digest()).isEqualTo(digest);
        stranger.say(new Frame.Want(5, digest, 0, Priority.ON_DEMAND));
        assertThat(stranger.hear()).isInstanceOf(Frame.Busy.class);
        assertThat(stranger.isToldMore()).isFalse();
        return refused.refusal().status();
    }

    private static void readAll(Stranger stranger, Digest digest) throws Exception {
        stranger.say(new Frame.Open(digest, Optional.empty(), true));
        assertThat(awaited(stranger, Frame.Table.class).digest()).isEqualTo(digest);
        stranger.say(new Frame.Want(7, digest, 1, Priority.ON_DEMAND));
        Frame.Chunk chunk = awaited(stranger, Frame.Chunk.class);
        assertThat(chunk.digest()).isEqualTo(digest);
        assertThat(chunk.index()).isEqualTo(1);
    }

    /** The next frame of a kind; between them a host tells what it has, and who else. */
    private static <F extends Frame> F awaited(Stranger stranger, Class<F> kind) throws Exception {
        Frame frame = stranger.hear();
        while (!kind.isInstance(frame)) {
            assertThat(frame).isInstanceOfAny(Frame.Have.class, Frame.Peers.class, Frame.Table.class);
            frame = stranger.hear();
        }
        return kind.cast(frame);
    }

    @Test
    void whoShowsNoGrantIsToldNothingNotEvenWhatIsThere() throws Exception {
        for (InetSocketAddress host : List.of(atNode(), atSupernode())) {
            try (Stranger stranger = new Stranger(host)) {
                assertThat(refusal(stranger, blob)).isEqualTo(401);
                assertThat(refusal(stranger, NOWHERE)).isEqualTo(401);
            }
        }
        assertThat(datacenter.grants(node).refused()).isEqualTo(2);
        assertThat(datacenter.grants().refused()).isEqualTo(2);
    }

    @Test
    void whoDidNotOpenABlobGetsNoChunkOfIt() throws Exception {
        for (InetSocketAddress host : List.of(atNode(), atSupernode())) {
            try (Stranger stranger = new Stranger(host)) {
                stranger.say(new Frame.Granted(grant(InstantSource.system(), stranger.id())));
                stranger.say(new Frame.Want(1, blob, 0, Priority.ON_DEMAND));
                assertThat(stranger.hear()).isInstanceOf(Frame.Busy.class);
            }
        }
    }

    @Test
    void anExpiredGrantIsRefusedAndCounted() throws Exception {
        Instant past = Instant.now().minus(Duration.ofMinutes(12));
        for (InetSocketAddress host : List.of(atNode(), atSupernode())) {
            try (Stranger stranger = new Stranger(host)) {
                stranger.say(new Frame.Granted(grant(() -> past, stranger.id())));
                assertThat(refusal(stranger, blob)).isEqualTo(401);
            }
        }
        assertThat(datacenter.grants(node).expired()).isEqualTo(1);
        assertThat(datacenter.grants().expired()).isEqualTo(1);
    }

    @Test
    void aGrantOfAnotherNodeOrKeyOrWithOtherBytesIsRefusedAndCounted() throws Exception {
        try (BlobStore elsewhere = BlobStore.open(directory.resolve("forger"))) {
            GrantIssuer forger =
                    GrantIssuer.open(elsewhere.table("grants"), Duration.ofDays(1), InstantSource.system());
            for (InetSocketAddress host : List.of(atNode(), atSupernode())) {
                try (Stranger stranger = new Stranger(host)) {
                    byte[] changed = grant(InstantSource.system(), stranger.id());
                    changed[changed.length - 1] ^= 1;
                    List<byte[]> wrong = List.of(
                            grant(InstantSource.system(), UUID.randomUUID()),
                            forger.issue(Datacenter.REPOSITORY, Optional.of(blob), Optional.of(stranger.id())),
                            changed,
                            new byte[] {1});
                    for (byte[] token : wrong) {
                        stranger.say(new Frame.Granted(token));
                        assertThat(refusal(stranger, blob)).isEqualTo(401);
                    }
                }
            }
        }
        assertThat(datacenter.grants(node).forged()).isEqualTo(4);
        assertThat(datacenter.grants().forged()).isEqualTo(4);
    }

    @Test
    void aGrantForAnotherRepositoryIsWorthNothingHere() throws Exception {
        try (Stranger stranger = new Stranger(atNode())) {
            byte[] token = datacenter.issuer(InstantSource.system()).issue(
                    new Repository("registry.test", "team/other"), Optional.empty(), Optional.of(stranger.id()));
            stranger.say(new Frame.Granted(token));
            assertThat(refusal(stranger, blob)).isEqualTo(401);
        }
    }

    @Test
    void aGrantBegetsNoRightToItsRepositoryAfterUpstreamsNo() throws Exception {
        byte[] content = new byte[LENGTH];
        new Random(12).nextBytes(content);
        Digest other = datacenter.publish(content);
        Datacenter.pullEverywhere(List.of(node), other);
        datacenter.closeDoor();
        Optional<Frame.Origin> origin = Optional.of(new Frame.Origin(Datacenter.REPOSITORY, "Bearer ended"));
        UUID id = UUID.randomUUID();
        byte[] offspring;
        try (Stranger bearer = new Stranger(atSupernode(), id)) {
            bearer.say(new Frame.Open(other, origin, true));
            assertThat(bearer.hear()).as("without a grant").isInstanceOf(Frame.Refused.class);
            bearer.say(new Frame.Granted(grant(InstantSource.system(), id)));
            bearer.say(new Frame.Open(other, origin, true));
            offspring = ((Frame.Granted) bearer.hear()).token();
        }
        try (Stranger bearer = new Stranger(atNode(), id)) {
            bearer.say(new Frame.Granted(offspring));
            assertThat(refusal(bearer, blob)).as("of the same repository").isEqualTo(401);
            readAll(bearer, other);
        }
    }

    @Test
    void whoHasABlobOpenIsGrantedItOnThoughItsClientsTokenHasEnded() throws Exception {
        Optional<Frame.Origin> origin = Optional.of(new Frame.Origin(Datacenter.REPOSITORY, "Bearer good"));
        try (Stranger reader = new Stranger(atSupernode());
                Stranger other = new Stranger(atSupernode())) {
            reader.say(new Frame.Open(blob, origin, true));
            assertThat(reader.hear()).isInstanceOf(Frame.Granted.class);
            awaited(reader, Frame.Table.class);
            datacenter.closeDoor();
            other.say(new Frame.Open(blob, origin, true));
            assertThat(other.hear()).isInstanceOf(Frame.Refused.class);
            reader.say(new Frame.Open(blob, origin, false));
            assertThat(awaited(reader, Frame.Granted.class).token()).isNotEmpty();
            reader.say(new Frame.Close(blob));
            reader.say(new Frame.Open(blob, origin, false));
            assertThat(awaited(reader, Frame.Refused.class).digest()).isEqualTo(blob);
        }
    }

    @Test
    void aBlobOfOneChunkComesWithTheAnswerToAQuestionThatWantsItAndAnotherDoesNot() throws Exception {
        Optional<Frame.Origin> origin = Optional.of(new Frame.Origin(Datacenter.REPOSITORY, "Bearer good"));
        Digest small = datacenter.publish(new byte[] {1, 2, 3});
        try (Stranger reader = new Stranger(atSupernode())) {
            reader.say(new Frame.Open(blob, origin, true, OptionalInt.of(8)));
            awaited(reader, Frame.Granted.class);
            awaited(reader, Frame.Table.class);
            reader.say(new Frame.Open(small, origin, true, OptionalInt.of(9)));
            awaited(reader, Frame.Granted.class);
            Frame.Chunk chunk = awaited(reader, Frame.Chunk.class);
            assertThat(chunk.digest()).isEqualTo(small);
            assertThat(chunk.request()).isEqualTo(9);
            reader.say(new Frame.Want(10, blob, 1, Priority.ON_DEMAND));
            assertThat(awaited(reader, Frame.Chunk.class).request()).isEqualTo(10);
        }
    }

    @Test
    void aNodeRelaysABlobOfOneChunkToWhoMayReadIt() throws Exception {
        Digest small = datacenter.publish(new byte[] {4, 5, 6});
        Datacenter.pullEverywhere(List.of(node), small);
        try (Stranger reader = new Stranger(atNode())) {
            reader.say(new Frame.Open(small, Optional.empty(), false, OptionalInt.of(1)));
            assertThat(((Frame.Refused) reader.hear()).refusal().status()).isEqualTo(401);
            reader.say(new Frame.Granted(datacenter.issuer(InstantSource.system())
                    .issue(Datacenter.REPOSITORY, Optional.empty(), Optional.of(reader.id()))));
            reader.say(new Frame.Open(small, Optional.empty(), false, OptionalInt.of(2)));
            assertThat(((Frame.Chunk) reader.hear()).request()).isEqualTo(2);
            reader.say(new Frame.Want(3, small, 0, Priority.PREFETCH));
            assertThat(((Frame.Busy) reader.hear()).request()).as("it has no conversation about it").isEqualTo(3);
            reader.say(new Frame.Granted(grant(InstantSource.system(), reader.id())));
            reader.say(new Frame.Open(blob, Optional.empty(), false, OptionalInt.of(4)));
            assertThat(((Frame.Busy) reader.hear()).request()).as("a blob of more chunks").isEqualTo(4);
            reader.say(new Frame.Open(NOWHERE, Optional.empty(), false, OptionalInt.of(5)));
            assertThat(((Frame.Refused) reader.hear()).digest()).isEqualTo(NOWHERE);
        }
    }

    @Test
    void aRelayThatDoesNotAnswerCostsNobodyTheBlob() throws Exception {
        datacenter.stopSupernode();
        datacenter.startSupernode(new Uploads.Limits(4, 64, 20_000));
        Digest small = datacenter.publish(new byte[8_000]);
        Optional<Frame.Origin> origin = Optional.of(new Frame.Origin(Datacenter.REPOSITORY, ""));
        try (Stranger silent = new Stranger(atSupernode());
                Stranger other = new Stranger(atSupernode())) {
            silent.say(new Frame.Open(small, origin, true, OptionalInt.of(1)));
            while (!(silent.hear() instanceof Frame.Chunk)) {
                // What goes before.
            }
            other.say(new Frame.Open(small, origin, true, OptionalInt.of(1)));
            Frame heard = other.hear();
            while (!(heard instanceof Frame.Later later)) {
                assertThat(heard).as("the link is full").isNotInstanceOf(Frame.Chunk.class);
                heard = other.hear();
            }
            assertThat(((Frame.Peers) other.hear()).peers()).singleElement()
                    .satisfies(peer -> assertThat(peer.id()).isEqualTo(silent.id()));

            Datacenter.pullEverywhere(List.of(node), small);
        }
    }

    @Test
    void itsOwnGrantLetsAHostRead() throws Exception {
        for (InetSocketAddress host : List.of(atNode(), atSupernode())) {
            try (Stranger stranger = new Stranger(host)) {
                stranger.say(new Frame.Granted(grant(InstantSource.system(), stranger.id())));
                readAll(stranger, blob);
                stranger.say(new Frame.Open(NOWHERE, Optional.empty(), true));
                assertThat(awaited(stranger, Frame.Refused.class).digest()).as("nothing else").isEqualTo(NOWHERE);
            }
        }
        GrantStatistics shown = datacenter.grants(node);
        assertThat(shown.accepted()).isEqualTo(1);
        assertThat(shown.forged() + shown.expired()).isZero();
    }
}
