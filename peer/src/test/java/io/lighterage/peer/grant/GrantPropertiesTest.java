package io.lighterage.peer.grant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class GrantPropertiesTest {
    private static final UUID BEARER = new UUID(7, 8);

    /** Means none in a grant; no bytes are known that have it. */
    private static final Digest NOBODYS = Digest.ofBytes(new byte[Digest.BYTES]);

    private final Memory table = new Memory();
    private final GrantIssuer issuer = issuer(table);

    private static GrantIssuer issuer(KeyValueTable table) {
        try {
            return GrantIssuer.open(table, Duration.ofMinutes(10), InstantSource.system());
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @Property(tries = 200)
    void whatIsIssuedIsRightAndMeansTheSame(@ForAll("subjects") Grant subject) throws Exception {
        byte[] token = issued(subject);
        Optional<Grant> checked = verifier().check(token, subject.node().orElse(BEARER));
        assertThat(token.length).isLessThanOrEqualTo(Grant.LONGEST);
        assertThat(checked).isPresent();
        assertThat(checked.get().repository()).isEqualTo(subject.repository());
        assertThat(checked.get().blob()).isEqualTo(subject.blob());
        assertThat(checked.get().alone()).isEqualTo(subject.alone());
        assertThat(checked.get().node()).isEqualTo(subject.node());
    }

    @Property(tries = 1000)
    void anyChangedByteIsRefused(
            @ForAll("subjects") Grant subject,
            @ForAll @IntRange(min = 0) int where,
            @ForAll @IntRange(min = 1, max = 255) int flip)
            throws Exception {
        byte[] token = issued(subject);
        token[where % token.length] ^= (byte) flip;
        GrantVerifier verifier = verifier();
        assertThat(verifier.check(token, subject.node().orElse(BEARER))).isEmpty();
        GrantStatistics counted = verifier.statistics(0);
        assertThat(counted.forged() + counted.expired()).isEqualTo(1);
        assertThat(counted.accepted()).isZero();
    }

    @Property(tries = 200)
    void anyOtherLengthIsRefused(@ForAll("subjects") Grant subject, @ForAll @IntRange(min = 0, max = 2000) int length)
            throws Exception {
        byte[] token = issued(subject);
        if (length != token.length) {
            byte[] cut = Arrays.copyOf(token, length);
            assertThat(verifier().check(cut, subject.node().orElse(BEARER))).isEmpty();
        }
    }

    @Property(tries = 200)
    void noBytesThatAreNoGrantDoMoreThanBeRefused(@ForAll byte[] bytes) throws Exception {
        assertThat(verifier().check(bytes, BEARER)).isEmpty();
        assertThatThrownBy(() -> Grant.parse(bytes)).isInstanceOf(IllegalArgumentException.class);
    }

    private byte[] issued(Grant subject) {
        return subject.alone()
                ? issuer.issueAlone(subject.repository(), subject.blob().orElseThrow(), BEARER, Long.MAX_VALUE)
                : issuer.issue(subject.repository(), subject.blob(), subject.node());
    }

    private GrantVerifier verifier() throws Exception {
        GrantVerifier verifier = new GrantVerifier(InstantSource.system(), Duration.ZERO);
        verifier.trust(GrantVerifier.key(issuer.publicKey()));
        return verifier;
    }

    @Provide
    Arbitrary<Grant> subjects() {
        Arbitrary<String> registries = Arbitraries.of("docker.io", "registry.test:5000", "a".repeat(60) + ".test");
        Arbitrary<String> names = Arbitraries.of("library/a", "team/app", "x/" + "y".repeat(200));
        Arbitrary<Optional<Digest>> blobs = Arbitraries.bytes().array(byte[].class).ofSize(Digest.BYTES)
                .map(Digest::ofBytes).filter(digest -> !digest.equals(NOBODYS)).optional();
        Arbitrary<Boolean> alone = Arbitraries.of(true, false);
        Arbitrary<Boolean> bound = Arbitraries.of(true, false);
        return Combinators.combine(registries, names, blobs, alone, bound).as((registry, name, blob, only, toNode) -> {
            boolean reallyAlone = only && blob.isPresent();
            Optional<UUID> node = toNode || reallyAlone ? Optional.of(BEARER) : Optional.empty();
            return new Grant(new Repository(registry, name), blob, reallyAlone, node, 0);
        });
    }

    /** A table for one property. */
    private static final class Memory implements KeyValueTable {
        private final Map<String, byte[]> values = new ConcurrentHashMap<>();

        @Override
        public Optional<byte[]> get(String key) {
            return Optional.ofNullable(values.get(key));
        }

        @Override
        public void put(String key, byte[] value) {
            values.put(key, value);
        }

        @Override
        public void remove(String key) {
            values.remove(key);
        }

        @Override
        public Map<String, byte[]> all() {
            return Map.copyOf(values);
        }

        @Override
        public void write(Map<String, Optional<byte[]>> changes) {
            changes.forEach(
                    (key, value) -> value.ifPresentOrElse(put -> values.put(key, put), () -> values.remove(key)));
        }
    }
}
