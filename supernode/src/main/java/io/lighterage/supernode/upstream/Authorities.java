package io.lighterage.supernode.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Trusts the platform's certificate authorities and further ones. */
final class Authorities {
    private Authorities() {}

    /**
     * A context that trusts the authorities in {@code pemFiles} too.
     *
     * @throws UpstreamException if a file cannot be read or has no certificate; the message names it
     */
    static SSLContext trusting(List<Path> pemFiles) throws IOException {
        try {
            KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
            all.load(null, null);
            int count = 0;
            for (X509Certificate platform : platformAuthorities()) {
                all.setCertificateEntry("authority-" + count++, platform);
            }
            for (Path file : pemFiles) {
                for (Certificate extra : read(file)) {
                    all.setCertificateEntry("authority-" + count++, extra);
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(all);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new UpstreamException("cannot set up TLS: " + e.getMessage(), e);
        }
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

    private static Collection<? extends Certificate> read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new UpstreamException("no certificate in " + file);
            }
            return found;
        } catch (CertificateException e) {
            throw new UpstreamException("not a PEM file of certificates: " + file, e);
        } catch (UpstreamException e) {
            throw e;
        } catch (IOException e) {
            throw new UpstreamException("cannot read the certificates in " + file + ": " + e, e);
        }
    }
}
