package io.lighterage.peer.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads PEM files (RFC 7468). */
final class Pem {
    private static final long LARGEST = 4 << 20;
    private static final int LONGEST_SHORT_LENGTH = 127;
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN (?<label>[A-Z0-9 ]{1,64})-----(?<body>[^-]*+)-----END \\k<label>-----");

    private record Block(String label, byte[] body) {}

    private Pem() {}

    /** All certificates in {@code file}, at least one, in their order. */
    static List<X509Certificate> certificates(Path file) throws TlsException {
        List<X509Certificate> found = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label.equals("CERTIFICATE") || block.label.equals("TRUSTED CERTIFICATE")) {
                found.add(certificate(file, block.body));
            }
        }
        if (found.isEmpty()) {
            throw new TlsException("no certificate in " + file);
        }
        return found;
    }

    private static X509Certificate certificate(Path file, byte[] der) throws TlsException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new TlsException("not a PEM file of certificates: " + file, e);
        }
    }

    /** The private key in {@code file} that belongs to {@code certified}, whose kind and parameters it has. */
    static PrivateKey key(Path file, PublicKey certified) throws TlsException {
        for (Block block : blocks(file)) {
            switch (block.label) {
                case "PRIVATE KEY" -> {
                    return key(file, certified, block.body);
                }
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
                    return key(file, certified, wrap(block.body, certified));
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw new TlsException("the private key in " + file + " is encrypted; store it without a password");
                default -> { } // such as EC PARAMETERS or the certificate itself
            }
        }
        throw new TlsException("no private key in " + file);
    }

    private static PrivateKey key(Path file, PublicKey certified, byte[] pkcs8) throws TlsException {
        try {
            return KeyFactory.getInstance(certified.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new TlsException(
                    "the private key in " + file + " is no " + certified.getAlgorithm()
                            + " key, as its certificate has it",
                    e);
        }
    }

    /**
     * A PKCS#1 or SEC 1 key as PKCS#8 (RFC 5958): version, algorithm, key. The algorithm with its parameters is the one
     * of the public key, whose X.509 form begins with it.
     */
    private static byte[] wrap(byte[] key, PublicKey certified) {
        byte[] spki = certified.getEncoded();
        int begin = headLength(spki, 0);
        int end = begin + headLength(spki, begin) + bodyLength(spki, begin);
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.writeBytes(VERSION_0);
        inner.write(spki, begin, end - begin);
        inner.writeBytes(element(OCTET_STRING, key));
        return element(SEQUENCE, inner.toByteArray());
    }

    /** Bytes of tag and length of the DER element at {@code offset}. */
    private static int headLength(byte[] der, int offset) {
        int first = der[offset + 1] & 0xff;
        return first <= LONGEST_SHORT_LENGTH ? 2 : 2 + (first & 0x7f);
    }

    private static int bodyLength(byte[] der, int offset) {
        int first = der[offset + 1] & 0xff;
        if (first <= LONGEST_SHORT_LENGTH) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << 8 | der[offset + 2 + i] & 0xff;
        }
        return length;
    }

    private static byte[] element(int tag, byte[] body) {
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        der.write(tag);
        if (body.length <= LONGEST_SHORT_LENGTH) {
            der.write(body.length);
        } else { // two bytes of length hold any key that there is
            der.write(0x82);
            der.write(body.length >> 8);
            der.write(body.length);
        }
        der.writeBytes(body);
        return der.toByteArray();
    }

    private static List<Block> blocks(Path file) throws TlsException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new TlsException(
                        file + " is larger than " + LARGEST + " bytes, which is no file of certificates");
            }
            List<Block> blocks = new ArrayList<>();
            Matcher found = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            while (found.find()) {
                blocks.add(new Block(found.group("label"), Base64.getMimeDecoder().decode(found.group("body"))));
            }
            return blocks;
        } catch (IllegalArgumentException e) {
            throw new TlsException("not a PEM file: " + file, e);
        } catch (NoSuchFileException e) {
            throw new TlsException("no such file: " + file, e);
        } catch (TlsException e) {
            throw e;
        } catch (IOException e) {
            throw new TlsException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
