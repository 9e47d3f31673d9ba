package io.lighterage.peer.tls;

import java.util.ArrayList;
import java.util.List;

/** Which cipher suites are used, and in which order. */
final class Ciphers {
    /** 128 bits first: they are enough, and a quarter cheaper than 256. */
    private static final List<String> TLS13 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    /** Of TLS 1.2 only those with forward secrecy and authenticated encryption. */
    private static final List<String> TLS12 = List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private Ciphers() {}

    /** The suites for these protocols, the preferred first. */
    static List<String> preferred(List<String> protocols) {
        List<String> suites = new ArrayList<>(TLS13);
        if (protocols.contains("TLSv1.2")) {
            suites.addAll(TLS12);
        }
        return suites;
    }
}
