package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Gatekeepers for tests. */
final class TestGate {
    private TestGate() {}

    /** One of a host that knows every repository as public, and every blob as being wherever it is asked for. */
    static Gatekeeper open(BlobStore store, Registry registry, InstantSource clock) {
        KeyValueTable everything = new KeyValueTable() {
            @Override
            public Optional<byte[]> get(String key) {
                return Optional.of(ByteBuffer.allocate(8).putLong(clock.millis()).array());
            }

            @Override
            public void put(String key, byte[] value) {
                // It is known already.
            }

            @Override
            public void remove(String key) {
                // What upstream refuses is refused to that question alone.
            }

            @Override
            public Map<String, byte[]> all() {
                throw new UnsupportedOperationException("everything cannot be listed");
            }

            @Override
            public void write(Map<String, Optional<byte[]>> changes) {
                // It is known already.
            }
        };
        AccessConfig config = new AccessConfig(
                AccessConfig.DEFAULT.yes(), java.time.Duration.ZERO, java.time.Duration.ofDays(365));
        return new Gatekeeper(
                new Gatekeeper.Parts(
                        store,
                        new BlobLinks(everything),
                        everything,
                        registry,
                        registry,
                        new NoUpstream(),
                        name -> name),
                config, MirrorConfig.on("127.0.0.1", 0).upstreamDeadline(), clock);
    }

    /** Is never read: whatever is here is known to be where it is asked for. */
    private static final class NoUpstream implements Upstream {
        @Override
        public BlobInfo describe(Digest digest, BlobSource source) {
            throw new AssertionError(digest + " is looked for at " + source);
        }

        @Override
        public void read(Digest digest, BlobSource source, long offset, long length, Sink sink) {
            throw new AssertionError(digest + " is read at " + source);
        }
    }
}
