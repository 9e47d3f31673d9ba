package io.lighterage.cli;

import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsException;
import io.lighterage.peer.tls.TlsRefusals;
import io.lighterage.peer.tls.TlsServer;
import io.lighterage.peer.wire.WireSecurity;
import io.lighterage.proxy.MirrorTls;
import io.lighterage.supernode.api.TlsMetrics;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The TLS contexts of a running process; closing it ends the watching of their files. */
final class Security implements AutoCloseable {
    private final Optional<TlsContext> datacenter;
    private final Optional<TlsContext> mirror;
    private final boolean enginesCertified;
    private final TlsRefusals refusals = new TlsRefusals();

    private Security(Optional<TlsContext> datacenter, Optional<TlsContext> mirror, boolean enginesCertified) {
        this.datacenter = datacenter;
        this.mirror = mirror;
        this.enginesCertified = enginesCertified;
    }

    /** @throws TlsException if a file cannot be used; the message names it */
    static Security open(SecurityConfig config) throws TlsException {
        Optional<TlsContext> datacenter = open(config.datacenter());
        try {
            boolean enginesCertified = config.mirror().filter(mirror -> !mirror.authorities().isEmpty()).isPresent();
            return new Security(datacenter, open(config.mirror()), enginesCertified);
        } catch (TlsException e) {
            datacenter.ifPresent(TlsContext::close);
            throw e;
        }
    }

    private static Optional<TlsContext> open(Optional<TlsConfig> config) throws TlsException {
        return config.isPresent() ? Optional.of(TlsContext.open(config.get())) : Optional.empty();
    }

    /** For connections to nodes and the supernode; empty where they are plain. */
    Optional<TlsContext> datacenter() {
        return datacenter;
    }

    /** For the exchange. */
    WireSecurity wire() {
        return new WireSecurity(datacenter, refusals);
    }

    /** For the supernode's HTTP port: whoever has no certificate learns nothing there. */
    Optional<MirrorTls> http() {
        return datacenter.map(tls -> new MirrorTls(tls, "the HTTP port", true, TlsServer.NEWEST, refusals));
    }

    /** For a node's mirror. */
    Optional<MirrorTls> mirror() {
        return mirror.map(tls -> new MirrorTls(tls, "the mirror", enginesCertified, TlsServer.COMMON, refusals));
    }

    /** Whether anybody who reaches a node's mirror may ask it although nodes need certificates. */
    boolean leavesOpen(HostPort mirrorAddress) {
        return datacenter.isPresent() && !enginesCertified && !mirrorAddress.resolve().getAddress().isLoopbackAddress();
    }

    TlsMetrics metrics() {
        Map<String, TlsContext> certificates = new HashMap<>();
        datacenter.ifPresent(tls -> certificates.put("datacenter", tls));
        mirror.ifPresent(tls -> certificates.put("mirror", tls));
        return new TlsMetrics(refusals, certificates);
    }

    @Override
    public void close() {
        datacenter.ifPresent(TlsContext::close);
        mirror.ifPresent(TlsContext::close);
    }
}
