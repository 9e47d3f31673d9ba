package io.lighterage.peer.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * What the files of a {@link TlsConfig} said when they were read.
 *
 * @param context has these certificates and authorities, and sessions of connections made with them only
 * @param expiry when the first of the own certificates expires
 */
record Loaded(SSLContext context, IdentityKeyManager keys, Optional<Instant> expiry) {
    /** A session may be resumed without showing a certificate again: not for long. */
    private static final int SESSION_SECONDS = 300;

    /** What tells that a file is another one: also where a link is set to another directory at once. */
    record Stamp(FileTime modified, long size, Object key) {
        private static final Stamp MISSING = new Stamp(FileTime.fromMillis(0), -1, "missing");
    }

    static Loaded read(TlsConfig config) throws TlsException {
        Optional<Identity> own = Optional.empty();
        if (config.own().isPresent()) {
            own = Optional.of(Identity.read(config.own().get()));
        }
        Map<String, Identity> ownFor = new HashMap<>();
        for (Map.Entry<String, CertificateFiles> entry : config.ownFor().entrySet()) {
            ownFor.put(entry.getKey(), Identity.read(entry.getValue()));
        }
        List<Identity> all = new ArrayList<>(ownFor.values());
        own.ifPresent(all::add);
        IdentityKeyManager keys = new IdentityKeyManager(own, ownFor);
        List<X509Certificate> authorities = new ArrayList<>();
        for (Path file : config.authorities()) {
            authorities.addAll(Pem.certificates(file));
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, trust(authorities, config.platform()), null);
            context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
            context.getClientSessionContext().setSessionTimeout(SESSION_SECONDS);
            return new Loaded(context, keys, all.stream().map(Identity::expiry).min(Instant::compareTo));
        } catch (GeneralSecurityException e) {
            throw new TlsException("cannot set up TLS: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new TlsException("cannot set up TLS: " + e.getMessage(), e);
        }
    }

    /** The files of {@code config} as they are now. */
    static Map<Path, Stamp> stamps(TlsConfig config) {
        Map<Path, Stamp> stamps = new TreeMap<>();
        List<CertificateFiles> pairs = new ArrayList<>(config.ownFor().values());
        config.own().ifPresent(pairs::add);
        for (CertificateFiles pair : pairs) {
            stamps.put(pair.certificate(), stamp(pair.certificate()));
            stamps.put(pair.key(), stamp(pair.key()));
        }
        config.authorities().forEach(file -> stamps.put(file, stamp(file)));
        return stamps;
    }

    private static Stamp stamp(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
        } catch (IOException e) { // whoever reads it next says why
            return Stamp.MISSING;
        }
    }

    private static TrustManager[] trust(List<X509Certificate> authorities, boolean platform)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        List<X509Certificate> all = new ArrayList<>(authorities);
        if (platform) {
            all.addAll(platformAuthorities());
        }
        if (all.isEmpty()) { // a server that asks for no certificates
            return new TrustManager[0];
        }
        int count = 0;
        for (X509Certificate authority : all) {
            store.setCertificateEntry("authority-" + count++, authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static List<X509Certificate> platformAuthorities() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return List.of(x509.getAcceptedIssuers());
            }
        }
        return List.of();
    }
}
