package io.lighterage.peer.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PemTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"RSA,2048,RSA PRIVATE KEY", "EC,256,EC PRIVATE KEY", "EC,384,EC PRIVATE KEY"})
    void keysInTheFormsOfOlderToolsAreRead(String algorithm, int bits, String label) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(bits);
        KeyPair pair = generator.generateKeyPair();
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(pair.getPrivate());
        }
        assertThat(text.toString()).contains("BEGIN " + label);
        Path file = Files.writeString(directory.resolve("key.pem"), text.toString());

        assertThat(Pem.key(file, pair.getPublic())).isEqualTo(pair.getPrivate());
    }

    @Test
    void anEncryptedKeyIsRefusedAsThat() throws Exception {
        Path file = Files.writeString(
                directory.resolve("key.pem"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();

        assertThatThrownBy(() -> Pem.key(file, pair.getPublic()))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("encrypted")
                .hasMessageContaining("key.pem");
    }

    @Test
    void anAuthorityIsTheSameWhenItIsOpenedAgain() throws Exception {
        CertificateAuthority made = CertificateAuthority.create(directory);
        CertificateFiles first =
                made.issue("one", List.of("one.example", "10.0.0.1", "::1"), Instant.now(), Duration.ofDays(1));
        CertificateFiles second =
                CertificateAuthority.open(directory)
                        .issue("two", List.of("*.two.example"), Instant.now(), Duration.ofDays(1));

        for (CertificateFiles files : List.of(first, second)) {
            Pem.certificates(files.certificate()).getFirst().verify(
                    Pem.certificates(made.certificate()).getFirst().getPublicKey());
        }
        assertThat(Pem.certificates(first.certificate()).getFirst().getSubjectAlternativeNames())
                .extracting(name -> name.get(1).toString())
                .containsExactly("one.example", "10.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(Files.getPosixFilePermissions(first.key())).hasSize(2);
    }

    @Test
    void whatIsNoHostGetsNoCertificate() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory);
        List<String> bad = List.of(
                "", "a b", "10.0.0", "1.2.3.4.5", "a,b", "-x", "a..b", "\u00e9", "::g", "a".repeat(300));
        for (String wrong : bad) {
            assertThatThrownBy(() -> authority.issue("x", List.of(wrong), Instant.now(), Duration.ofDays(1)))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
