package io.lighterage.peer.tls;

import java.nio.file.Path;

/**
 * A certificate and its private key.
 *
 * @param certificate a PEM file with the certificate, and after it those between it and its authority
 * @param key a PEM file with the private key, not encrypted: PKCS#8, PKCS#1 or SEC 1
 */
public record CertificateFiles(Path certificate, Path key) {}
