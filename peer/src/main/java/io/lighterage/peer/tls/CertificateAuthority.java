package io.lighterage.peer.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An authority of one's own that makes certificates (RFC 5280) for hosts of a datacenter: elliptic keys on P-256, good
 * for both ends of a connection. Its files are {@code ca.pem} and {@code ca-key.pem} in one directory.
 */
public final class CertificateAuthority {
    /** The authority's certificate in its directory. */
    public static final String CERTIFICATE = "ca.pem";

    /** The authority's private key in its directory. */
    public static final String KEY = "ca-key.pem";

    private static final String SIGNATURE = "SHA256withECDSA";
    private static final Duration LIFE = Duration.ofDays(3650);

    /** Clocks of hosts differ. */
    private static final Duration EARLIER = Duration.ofMinutes(5);

    private static final int SERIAL_BITS = 127;
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");
    private static final Pattern NAME = Pattern.compile(
            "(?=.{1,253}$)(?:\\*\\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*");

    private final Path directory;
    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(Path directory, X509Certificate certificate, PrivateKey key) {
        this.directory = directory;
        this.certificate = certificate;
        this.key = key;
    }

    /** Whether {@code directory} has the files of an authority. */
    public static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(CERTIFICATE)) || Files.exists(directory.resolve(KEY));
    }

    /**
     * The authority whose files are in {@code directory}.
     *
     * @throws TlsException if they cannot be used
     */
    public static CertificateAuthority open(Path directory) throws TlsException {
        Identity read = Identity.read(new CertificateFiles(directory.resolve(CERTIFICATE), directory.resolve(KEY)));
        return new CertificateAuthority(directory, read.chain().getFirst(), read.key());
    }

    /**
     * Makes an authority that is good for ten years, and its files.
     *
     * @throws IOException if the files cannot be written
     */
    public static CertificateAuthority create(Path directory) throws IOException {
        KeyPair pair = newKey();
        // Its key is in its name, so that two authorities are never taken for one.
        String id = new BigInteger(32, new SecureRandom()).toString(16);
        X500Principal name = new X500Principal("CN=Lighterage authority " + id);
        Instant now = Instant.now();
        X509Certificate certificate = sign(
                name, pair.getPrivate(), name, pair.getPublic(), now, now.plus(LIFE), builder -> {
                    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
                    builder.addExtension(
                            Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
                });
        Files.createDirectories(directory);
        write(directory.resolve(KEY), pem("PRIVATE KEY", pair.getPrivate().getEncoded()), true);
        write(directory.resolve(CERTIFICATE), pem("CERTIFICATE", encoded(certificate)), false);
        return new CertificateAuthority(directory, certificate, pair.getPrivate());
    }

    /** The file of its certificate, which everybody who trusts it needs. */
    public Path certificate() {
        return directory.resolve(CERTIFICATE);
    }

    /**
     * Makes a key and a certificate that is valid from five minutes before {@code from}, and writes {@code NAME.pem}
     * and {@code NAME-key.pem} over those that are there.
     *
     * @param name of the files
     * @param hosts names and addresses of the one host that it is for, at least one
     * @throws IllegalArgumentException if one of them is neither
     * @throws IOException if the files cannot be written
     */
    public CertificateFiles issue(String name, List<String> hosts, Instant from, Duration life) throws IOException {
        GeneralName[] names = hosts.stream().map(CertificateAuthority::generalName).toArray(GeneralName[]::new);
        KeyPair pair = newKey();
        X509Certificate issued = sign(
                certificate.getSubjectX500Principal(),
                key,
                // A common name has at most 64 characters; the alternative names are what counts.
                new X500Principal("CN="
                        + hosts.getFirst().replaceAll("[^A-Za-z0-9.:-]", "_").replaceFirst("(.{64}).*", "$1")),
                pair.getPublic(),
                from.minus(EARLIER),
                from.plus(life),
                builder -> {
                    JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
                    builder.addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            ids.createAuthorityKeyIdentifier(certificate.getPublicKey()));
                    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
                    builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(
                            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
                    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
                });
        CertificateFiles files =
                new CertificateFiles(directory.resolve(name + ".pem"), directory.resolve(name + "-key.pem"));
        write(files.key(), pem("PRIVATE KEY", pair.getPrivate().getEncoded()), true);
        write(files.certificate(), pem("CERTIFICATE", encoded(issued)), false);
        return files;
    }

    private static GeneralName generalName(String host) {
        if (ADDRESS.matcher(host).matches()) {
            if (host.indexOf(':') < 0 && host.split("\\.", -1).length != 4) { // Java would take 10.1 for 10.0.0.1
                throw new IllegalArgumentException("not an address: " + host);
            }
            try { // an address only: no name is looked up
                return new GeneralName(GeneralName.iPAddress, InetAddress.ofLiteral(host).getHostAddress());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("not an address: " + host, e);
            }
        }
        if (!NAME.matcher(host).matches()) {
            throw new IllegalArgumentException("not the name or address of a host: " + host);
        }
        return new GeneralName(GeneralName.dNSName, host);
    }

    private static X509Certificate sign(
            X500Principal issuer,
            PrivateKey issuerKey,
            X500Principal subject,
            PublicKey subjectKey,
            Instant from,
            Instant until,
            Extensions extensions)
            throws IOException {
        try {
            BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS - 1);
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer, serial, Date.from(from), Date.from(until), subject, subjectKey);
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(subjectKey));
            extensions.add(builder);
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(issuerKey)));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new TlsException("cannot make a certificate: " + e.getMessage(), e);
        }
    }

    private static KeyPair newKey() throws TlsException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new TlsException("cannot make a key: " + e.getMessage(), e);
        }
    }

    private static byte[] encoded(X509Certificate certificate) throws TlsException {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new TlsException("cannot write a certificate: " + e.getMessage(), e);
        }
    }

    private static String pem(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    /** Replaces the file at once; a secret one is never readable by others, not even for a moment. */
    private static void write(Path file, String text, boolean secret) throws IOException {
        String permissions = secret ? "rw-------" : "rw-r--r--";
        Path fresh = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                ".certificate",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.write(fresh, text.getBytes(StandardCharsets.US_ASCII));
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private interface Extensions {
        void add(JcaX509v3CertificateBuilder builder) throws IOException, GeneralSecurityException;
    }
}
