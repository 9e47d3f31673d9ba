package io.lighterage.cli;

import io.lighterage.peer.tls.CertificateAuthority;
import io.lighterage.peer.tls.CertificateFiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lighter certs}. */
@Command(
        name = "certs",
        description = {
            "Makes a certificate authority in DIR, unless it is there, and a certificate for each --host.",
            "Run again with the same --host it makes a new certificate in the place of the old one."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class CertsCommand implements Callable<Integer>, CommonOptions.Holder {
    private static final long MOST_DAYS = 3650;

    @Mixin
    private final CommonOptions common = new CommonOptions();

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

    @Spec
    private CommandSpec spec;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        if (days < 1 || days > MOST_DAYS) {
            throw new ParameterException(spec.commandLine(), "--days: " + days + " is not from 1 to " + MOST_DAYS);
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean there = CertificateAuthority.isIn(directory);
        CertificateAuthority authority =
                there ? CertificateAuthority.open(directory) : CertificateAuthority.create(directory);
        out.println("authority    " + authority.certificate() + (there ? ", as it was" : ", new"));
        for (String host : hosts.isEmpty() ? List.of("localhost,127.0.0.1,::1") : hosts) {
            CertificateFiles files = issue(authority, List.of(host.split(",", -1)));
            out.println("certificate  " + files.certificate() + " with " + files.key() + " for " + host);
        }
        out.flush();
        return 0;
    }

    private CertificateFiles issue(CertificateAuthority authority, List<String> names) throws Exception {
        try {
            return authority.issue(names.getFirst().replace("*", "_").replace(':', '_'), names, Instant.now(), Duration.ofDays(days));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--host: " + e.getMessage(), e);
        }
    }
}
