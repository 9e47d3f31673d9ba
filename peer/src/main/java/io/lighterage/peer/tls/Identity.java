package io.lighterage.peer.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A certificate with its key, both checked to belong together.
 *
 * @param chain the certificate, and those between it and its authority
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {
    Identity {
        chain = List.copyOf(chain);
    }

    /**
     * Reads the files.
     *
     * @throws TlsException if one cannot be used, they do not belong together, or the certificate is not valid now
     */
    static Identity read(CertificateFiles files) throws TlsException {
        List<X509Certificate> chain = Pem.certificates(files.certificate());
        X509Certificate leaf = chain.getFirst();
        try {
            leaf.checkValidity();
        } catch (CertificateExpiredException e) {
            throw new TlsException("the certificate in " + files.certificate() + " expired at "
                    + leaf.getNotAfter().toInstant(), e);
        } catch (CertificateNotYetValidException e) {
            throw new TlsException("the certificate in " + files.certificate() + " is not valid before "
                    + leaf.getNotBefore().toInstant(), e);
        }
        PrivateKey key = Pem.key(files.key(), leaf.getPublicKey());
        if (!belong(leaf.getPublicKey(), key)) {
            throw new TlsException("the private key in " + files.key() + " does not belong to the certificate in "
                    + files.certificate());
        }
        return new Identity(chain, key);
    }

    Instant expiry() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    /** As the JDK's key managers call kinds of keys. */
    String keyType() {
        return key.getAlgorithm();
    }

    private static boolean belong(PublicKey certified, PrivateKey key) throws TlsException {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        byte[] said = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(said);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(said);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            throw new TlsException("a key of the kind " + key.getAlgorithm() + " cannot be used for TLS", e);
        }
    }
}
