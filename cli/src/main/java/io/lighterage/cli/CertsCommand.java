package io.lighterage.cli;

import io.lighterage.peer.tls.CertificateAuthority;
import io.lighterage.peer.tls.CertificateFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter certs}. */
@Command(
        name = "certs",
        description = {
            "Makes a certificate authority in DIR, unless it is there, and a certificate for each --host.",
            "Run again with the same --host it makes a new certificate in the place of the old one."
        })
final class CertsCommand extends Subcommand {
    private static final long MOST_DAYS = 3650;

    @Parameters(index = "0", paramLabel = "DIR", description = "Where the files are; the authority's key stays here.")
    private Path directory;

    @Option(
            names = "--host",
            paramLabel = "NAME[,NAME...]",
            description = "Names and addresses of one host; its files are called after the first. May be given often. "
                    + "Default: localhost,127.0.0.1,::1.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "365",
            description = "How long the certificates are valid. Default: ${DEFAULT-VALUE}.")
    private long days;

    @Override
    void run() throws Exception {
        if (days < 1 || days > MOST_DAYS) {
            throw wrongUsage("--days: " + days + " is not from 1 to " + MOST_DAYS);
        }
        boolean there = CertificateAuthority.isIn(directory);
        CertificateAuthority authority =
                there ? CertificateAuthority.open(directory) : CertificateAuthority.create(directory);
        out().println("authority    " + authority.certificate() + (there ? ", as it was" : ", new"));
        for (String host : hosts.isEmpty() ? List.of("localhost,127.0.0.1,::1") : hosts) {
            CertificateFiles files = issue(authority, List.of(host.split(",", -1)));
            out().println("certificate  " + files.certificate() + " with " + files.key() + " for " + host);
        }
    }

    private CertificateFiles issue(CertificateAuthority authority, List<String> names) throws Exception {
        try {
            String name = names.getFirst().replace('*', '_').replace(':', '_');
            return authority.issue(name, names, Instant.now(), Duration.ofDays(days));
        } catch (IllegalArgumentException e) {
            throw wrongUsage("--host: " + e.getMessage());
        }
    }
}
