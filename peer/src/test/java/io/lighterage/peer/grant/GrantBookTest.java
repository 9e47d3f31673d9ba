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
        book = new GrantBook(store.table("book"), new BlobLinks(store.table("links")), () -> now);
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
        return shown.mayRead(blob);
    }

    @Test
    void aGrantLetsItsNodeReadItsBlobUntilItExpires() {
        byte[] token = issuer.issue(PRIVATE, BLOB, Optional.of(NODE));
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
        assertThat(mayRead(NODE, token, OTHER)).isFalse();
        GrantBook.Bearer early = book.bearer(NODE);
        early.show(token);
        now = now.plus(Duration.ofMinutes(10)).plus(GrantVerifier.SKEW);
        assertThat(early.mayRead(BLOB)).isFalse();
        assertThat(mayRead(NODE, token, BLOB)).isFalse();
        assertThat(book.statistics().expired()).isEqualTo(1);
    }

    @Test
    void aClockThatIsAMinuteAheadTakesAGrantAllTheSame() {
        byte[] token = issuer.issue(PRIVATE, BLOB, Optional.of(NODE));
        now = now.plus(Duration.ofMinutes(10)).plus(GrantVerifier.SKEW).minusMillis(1);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
    }

    @Test
    void aGrantLetsReadWhatElseIsKnownToBeInItsRepository() {
        byte[] token = issuer.issue(PRIVATE, BLOB, Optional.of(NODE));
        book.links().add(PRIVATE, OTHER);
        assertThat(mayRead(NODE, token, OTHER)).isTrue();
        book.links().add(new Repository("registry.test", "team/secret"), Digest.of(new byte[] {3}));
        assertThat(mayRead(NODE, token, Digest.of(new byte[] {3}))).isFalse();
    }

    @Test
    void aGrantOfAnotherNodeIsWorthNothing() {
        assertThat(mayRead(new UUID(3, 4), issuer.issue(PRIVATE, BLOB, Optional.of(NODE)), BLOB)).isFalse();
        assertThat(mayRead(new UUID(3, 4), issuer.issue(PRIVATE, BLOB, Optional.empty()), BLOB)).isTrue();
    }

    @Test
    void nothingOfAGrantCanBeChanged() {
        byte[] token = issuer.issue(PRIVATE, BLOB, Optional.of(NODE));
        for (int i = 0; i < token.length; i++) {
            byte[] forged = token.clone();
            forged[i] ^= 1;
            assertThat(mayRead(NODE, forged, BLOB)).as("byte %d changed", i).isFalse();
        }
        assertThat(book.statistics().forged() + book.statistics().expired()).isEqualTo(token.length);
    }

    @Test
    void aGrantOfAnotherIssuerIsForged() throws Exception {
        assertThat(mayRead(NODE, issuer("others").issue(PRIVATE, BLOB, Optional.of(NODE)), BLOB)).isFalse();
        assertThat(mayRead(NODE, new byte[] {1, 2, 3}, BLOB)).isFalse();
        assertThat(book.statistics().forged()).isEqualTo(2);
    }

    @Test
    void theIssuersKeyOutlivesTheProcessAndSoDoesTheTrustInIt() throws Exception {
        byte[] token = issuer.issue(PRIVATE, BLOB, Optional.of(NODE));
        assertThat(issuer("grants").publicKey()).isEqualTo(issuer.publicKey());
        book = new GrantBook(store.table("book"), book.links(), () -> now);
        assertThat(mayRead(NODE, token, BLOB)).isTrue();
    }
}
