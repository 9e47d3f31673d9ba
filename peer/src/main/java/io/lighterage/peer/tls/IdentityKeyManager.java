package io.lighterage.peer.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Shows one identity to everybody, and others to single hosts. It does so whatever authorities the other side names: a
 * certificate of a wrong authority is to be refused as that, not as missing.
 */
final class IdentityKeyManager extends X509ExtendedKeyManager {
    private static final String OWN = "";

    private final Optional<Identity> own;
    private final Map<String, Identity> ownFor;

    IdentityKeyManager(Optional<Identity> own, Map<String, Identity> ownFor) {
        this.own = own;
        this.ownFor = Map.copyOf(ownFor);
    }

    @Override
    public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        return client(keyTypes, engine.getPeerHost(), engine.getPeerPort());
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return socket instanceof SSLSocket tls
                ? client(keyTypes, tls.getHandshakeSession().getPeerHost(), tls.getHandshakeSession().getPeerPort())
                : null;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return server(keyType);
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return server(keyType);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identity(alias).map(found -> found.chain().toArray(X509Certificate[]::new)).orElse(null);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identity(alias).map(Identity::key).orElse(null);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return null;
    }

    private String client(String[] keyTypes, String host, int port) {
        String place = host == null ? OWN : TlsConfig.place(host, port);
        String alias = ownFor.containsKey(place) ? place : OWN;
        boolean fits = identity(alias)
                .filter(found -> Arrays.asList(keyTypes).contains(found.keyType()))
                .isPresent();
        return fits ? alias : null;
    }

    private String server(String keyType) {
        return own.filter(found -> found.keyType().equals(keyType)).isPresent() ? OWN : null;
    }

    private Optional<Identity> identity(String alias) {
        return alias.equals(OWN) ? own : Optional.ofNullable(ownFor.get(alias));
    }
}
