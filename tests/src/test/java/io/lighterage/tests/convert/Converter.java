package io.lighterage.tests.convert;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.supernode.convert.Conversions;
import io.lighterage.supernode.tracker.SupernodeExchange;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import io.lighterage.tests.support.Mirror;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/** The parts of a supernode that convert, in this process, over a data directory that may be used again. */
final class Converter implements AutoCloseable {
    private static final Platform PLATFORM = Platform.parse("linux/amd64");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int STEP = 1 << 20;

    final BlobStore store;
    final Conversions conversions;
    private final RegistryClient client;
    private final SupernodeExchange exchange;

    private Converter(
            BlobStore store, RegistryClient client, SupernodeExchange exchange, OpenDoor door, LayerLimits limits) {
        this.store = store;
        this.client = client;
        this.exchange = exchange;
        this.conversions = new Conversions(store, exchange, client, door, door.links(), exchange.ingest()::hint,
                limits);
    }

    /** Opens {@code directory} with the registry {@link Mirror#REGISTRY} at {@code registry}. */
    static Converter open(Path directory, URI registry) throws Exception {
        return open(directory, registry, LayerLimits.DEFAULT);
    }

    static Converter open(Path directory, URI registry, LayerLimits limits) throws Exception {
        UpstreamConfig upstream = UpstreamConfig.defaults().toBuilder().upstream(Mirror.REGISTRY, registry).build();
        BlobStore store = BlobStore.open(directory);
        RegistryClient client = new RegistryClient(upstream);
        OpenDoor door = new OpenDoor(new BlobLinks(store.table("links")));
        SupernodeExchange exchange = SupernodeExchange.start(
                new Uploads.Limits(4, 64, 0),
                WireConfig.on(new InetSocketAddress("127.0.0.1", 0)),
                new Hello(Hello.VERSION, UUID.randomUUID(), Hello.Role.SUPERNODE, "127.0.0.1", 0, "", "", 0),
                store,
                client,
                upstream,
                directory.resolve("spool"),
                door,
                GrantIssuer.open(store.table("grants"), Duration.ofMinutes(10), InstantSource.system()),
                new GrantBook(store.table("grants"), door.links(), Duration.ZERO, InstantSource.system()));
        return new Converter(store, client, exchange, door, limits);
    }

    /** The registry is open to everybody, and has what it says. */
    private record OpenDoor(BlobLinks links) implements Doorkeeper {
        @Override
        public void admit(Digest digest, BlobSource source, boolean held) {
            // Everybody may.
        }

        @Override
        public Optional<Frame.Refusal> admitManifest(Repository repository, String reference, String authorization) {
            return Optional.empty();
        }

        @Override
        public void gave(Digest digest, BlobSource source, boolean fresh) {
            links.begin(source.repository(), digest);
        }

        @Override
        public boolean isPublic(Repository repository) {
            return true;
        }
    }

    /** The image {@code name} of the registry. */
    static ImageReference reference(String name) {
        return ImageReference.parse(Mirror.REGISTRY + "/" + name);
    }

    /** Begins to convert and does not wait. */
    ConversionProgress begin(String name) throws Exception {
        conversions.ask(reference(name), PLATFORM, true, Duration.ZERO, "");
        return conversions.progress(reference(name), PLATFORM, true).orElseThrow();
    }

    /** Converts and waits. */
    DeviceMap convert(String name) throws Exception {
        return switch (conversions.ask(reference(name), PLATFORM, true, DEADLINE, "")) {
            case Conversions.Answer.Ready ready -> DeviceMapDocument.parse(ready.document());
            case Conversions.Answer.Running running -> throw new AssertionError("still " + running.progress());
        };
    }

    /** Brings all blobs in and waits. */
    ConversionProgress preheat(String name) throws Exception {
        return switch (conversions.ask(reference(name), PLATFORM, false, DEADLINE, "")) {
            case Conversions.Answer.Ready ready -> ready.progress();
            case Conversions.Answer.Running running -> throw new AssertionError("still " + running.progress());
        };
    }

    /** Writes the whole device to {@code file}. */
    void write(DeviceMap map, Path file) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(STEP);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (DeviceMap.Extent extent : map.extents()) {
                try (BlobReader reader = store.find(extent.blob().digest()).orElseThrow().open()) {
                    for (long at = 0; at < extent.length(); at += buffer.limit()) {
                        buffer.clear().limit((int) Math.min(STEP, extent.length() - at));
                        reader.read(extent.blobOffset() + at, buffer);
                        buffer.flip();
                        while (buffer.hasRemaining()) {
                            out.write(buffer);
                        }
                    }
                }
            }
        }
    }

    @Override
    public void close() throws Exception {
        conversions.close();
        exchange.close();
        client.close();
        store.close();
    }
}
