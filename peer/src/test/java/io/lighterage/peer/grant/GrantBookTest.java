package io.lighterage.peer.grant;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrantBookTest {
    private static final Repository PRIVATE = new Repository("registry.test", "team/app");
    private static final Digest BLOB = Digest.of(new byte[] {1});
    private static final Digest OTHER = Digest.of(new byte[] {2});
    private static final Optional<Digest> KNOWN = Optional.of(BLOB);
    private static final Duration OFFLINE = Duration.ofHours(1);
    private static final UUID NODE = new UUID(1, 2);

    @TempDir
    private Path directory;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private BlobStore store;
    private GrantIssuer issuer;
    private GrantBook book;

    @BeforeEach
    void open() throws Exception {
        store = BlobStore.open(directory);
        issuer = issuer("grants");
        book = new GrantBook(store.table("book"), new BlobLinks(store.table("links")), OFFLINE, () -> now);
        book.trust(issuer.publicKey());
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private GrantIssuer issuer(String table) throws Exception {
        return GrantIssuer.open(store.table(table), Duration.ofMinutes(10), () -> now);
    }

    private boolean mayRead(UUID bearer, byte[] token, Digest blob) {
        GrantBook.Bearer shown = book.bearer(bearer);
        shown.show(token);
        return shown.mayRead(blob).isPresent();
    }

    @Test
    void aGrantLetsItsNodeReadItsBlobUntilItExpires() {
        byte[] token = issuer.issue(PRIVATE, KNOWN, Optional.of(NODE));
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
        assertThat(mayRead(NODE, token, OTHER)).isFalse();
        GrantBook.Bearer early = book.bearer(NODE);
        early.show(token);
        now = now.plus(Duration.ofMinutes(10)).plus(GrantVerifier.SKEW);
        assertThat(early.mayRead(BLOB)).isEmpty();
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
        assertThat(book.statistics().expired()).isEqualTo(1);
    }

    @Test
    void aClockThatIsAMinuteAheadTakesAGrantAllTheSame() {
        byte[] token = issuer.issue(PRIVATE, KNOWN, Optional.of(NODE));
        now = now.plus(Duration.ofMinutes(10)).plus(GrantVerifier.SKEW).minusMillis(1);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
    }

    @Test
    void aGrantLetsReadWhatElseIsKnownToBeInItsRepository() {
        byte[] token = issuer.issue(PRIVATE, KNOWN, Optional.of(NODE));
        book.links().add(PRIVATE, OTHER);
        assertThat(mayRead(NODE, token, OTHER)).isTrue();
        book.links().add(new Repository("registry.test", "team/secret"), Digest.of(new byte[] {3}));
        assertThat(mayRead(NODE, token, Digest.of(new byte[] {3}))).isFalse();
    }

    @Test
    void aGrantOfAnotherNodeIsWorthNothing() {
        assertThat(mayRead(new UUID(3, 4), issuer.issue(PRIVATE, KNOWN, Optional.of(NODE)), BLOB)).isFalse();
        assertThat(mayRead(new UUID(3, 4), issuer.issue(PRIVATE, KNOWN, Optional.empty()), BLOB)).isTrue();
    }

    @Test
    void aGrantWithoutABlobIsForWhatIsKnownHereToBeInItsRepository() {
        byte[] token = issuer.issue(PRIVATE, Optional.empty(), Optional.of(NODE));
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
        book.links().add(PRIVATE, BLOB);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
        assertThat(mayRead(NODE, token, OTHER)).isFalse();
    }

    @Test
    void aGrantForABlobAloneLetsNothingElseBeRead() {
        long lateMs = now.plus(Duration.ofMinutes(3)).toEpochMilli();
        byte[] token = issuer.issueAlone(PRIVATE, BLOB, NODE, lateMs);
        book.links().add(PRIVATE, OTHER);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
        assertThat(mayRead(NODE, token, OTHER)).isFalse();
        now = now.plus(Duration.ofMinutes(3)).plus(GrantVerifier.SKEW);
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
    }

    @Test
    void aHostWithoutItsSupernodeTakesGrantsLongerAndOneWithItDoesNot() {
        byte[] token = issuer.issue(PRIVATE, KNOWN, Optional.of(NODE));
        now = now.plus(Duration.ofMinutes(20));
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
        book.alone(true);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
        book.alone(false);
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
        book.alone(true);
        now = now.plus(OFFLINE);
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
    }

    @Test
    void aHostShowsNoGrantOfAnotherRepository() {
        byte[] token = issuer.issue(PRIVATE, KNOWN, Optional.of(NODE));
        assertThat(book.receive(token)).isPresent();
        assertThat(book.receive(token)).as("once more").isEmpty();
        assertThat(book.toShow(BLOB, PRIVATE)).contains(token);
        assertThat(book.toShow(OTHER, PRIVATE)).as("of the same repository").contains(token);
        assertThat(book.toShow(BLOB, new Repository("evil.test", "team/app"))).isEmpty();
    }

    @Test
    void aGrantOfAnotherIssuerIsForged() throws Exception {
        assertThat(mayRead(NODE, issuer("others").issue(PRIVATE, KNOWN, Optional.of(NODE)), BLOB)).isFalse();
        assertThat(mayRead(NODE, new byte[] {1, 2, 3}, BLOB)).isFalse();
        assertThat(book.statistics().forged()).isEqualTo(2);
    }

    @Test
    void theIssuersKeyOutlivesTheProcessAndSoDoesTheTrustInIt() throws Exception {
        byte[] token = issuer.issue(PRIVATE, KNOWN, Optional.of(NODE));
        assertThat(issuer("grants").publicKey()).isEqualTo(issuer.publicKey());
        book = new GrantBook(store.table("book"), book.links(), OFFLINE, () -> now);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
    }
}
