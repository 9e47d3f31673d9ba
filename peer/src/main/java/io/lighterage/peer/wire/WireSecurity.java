package io.lighterage.peer.wire;

import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsRefusals;
import java.util.Optional;

/**
 * Whether the wire is encrypted.
 *
 * @param tls both sides show certificates of its authorities; empty for plain connections
 * @param refusals counts who was refused for it
 */
public record WireSecurity(Optional<TlsContext> tls, TlsRefusals refusals) {
    /** Nothing is encrypted and anybody may connect. */
    public static WireSecurity plain() {
        return new WireSecurity(Optional.empty(), new TlsRefusals());
    }
}
