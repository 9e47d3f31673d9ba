package io.lighterage.peer.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * Why two hosts did not come to terms.
 *
 * @param text fit for a log line; "it" is the other side
 */
public record TlsFailure(Reason reason, String text) {
    /** Kinds of failures, as metrics have them. */
    public enum Reason {
        /** The other side does not speak TLS. */
        PLAIN,
        /** The other side speaks TLS where none is spoken. */
        TLS_ON_PLAIN_PORT,
        /** Its certificate is of an authority that is not believed. */
        UNTRUSTED,
        /** Its certificate is not valid any more, or not yet. */
        EXPIRED,
        /** It shows no certificate. */
        NO_CERTIFICATE,
        /** Its certificate is good, but for another host. */
        WRONG_HOST,
        /** It refuses us. */
        ALERT,
        /** Too many others were shaking hands at the time. */
        CROWDED,
        /** It took too long, or went away. */
        UNFINISHED,
        /** Anything else, such as old versions. */
        OTHER;

        /** As a metric's label has it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static final int MOST_CAUSES = 10;
    private static final int LONGEST = 200;

    /** The failure that {@code thrown} is about; empty if it is not about TLS. */
    public static Optional<TlsFailure> of(Throwable thrown) {
        Optional<TlsFailure> found = Optional.empty();
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
            Optional<TlsFailure> deeper = single(cause);
            // What lies deeper says more, but for the words that only the outer one has.
            if (deeper.isPresent() && (found.isEmpty() || deeper.get().reason != Reason.OTHER)) {
                found = deeper;
            }
            cause = cause.getCause();
        }
        return found;
    }

    /** What {@code thrown} is about in words, whether or not that is TLS. */
    public static String explain(Throwable thrown) {
        return of(thrown).map(TlsFailure::text).orElseGet(() -> words(thrown));
    }

    private static Optional<TlsFailure> single(Throwable thrown) {
        return Optional.ofNullable(
                switch (thrown) {
                    case NotSslRecordException _ -> new TlsFailure(Reason.PLAIN, "it does not speak TLS");
                    case SslHandshakeTimeoutException _ ->
                        new TlsFailure(Reason.UNFINISHED, "it did not finish the TLS handshake in time");
                    case CertificateExpiredException e ->
                        new TlsFailure(Reason.EXPIRED, "its certificate expired: " + words(e));
                    case CertificateNotYetValidException e ->
                        new TlsFailure(Reason.EXPIRED, "its certificate is not valid yet: " + words(e));
                    case CertPathBuilderException _, CertPathValidatorException _ ->
                        new TlsFailure(Reason.UNTRUSTED, "its certificate is not of an authority that is trusted here");
                    case SSLException e -> said(words(e));
                    case CertificateException e ->
                        new TlsFailure(Reason.WRONG_HOST, "its certificate is not for it: " + words(e));
                    default -> null;
                });
    }

    /** The JDK tells the rest in the message alone. */
    private static TlsFailure said(String message) {
        if (message.contains("Empty client certificate chain") || message.contains("Empty server certificate chain")) {
            return new TlsFailure(Reason.NO_CERTIFICATE, "it shows no certificate");
        }
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return new TlsFailure(Reason.PLAIN, "it does not speak TLS");
        }
        if (message.contains("Received fatal alert")) {
            String alert = message.substring(message.lastIndexOf(' ') + 1);
            return new TlsFailure(Reason.ALERT, "it refuses this host: " + alert);
        }
        return new TlsFailure(Reason.OTHER, message);
    }

    /** A connection that ended before it began. */
    static TlsFailure ofHandshake(Throwable thrown) {
        return of(thrown).orElseGet(() -> thrown instanceof ClosedChannelException
                ? new TlsFailure(Reason.UNFINISHED, "it closed the connection in the TLS handshake")
                : new TlsFailure(Reason.OTHER, words(thrown)));
    }

    private static String words(Throwable thrown) {
        String message = thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
        StringBuilder printable = new StringBuilder();
        message.chars().limit(LONGEST).forEach(c -> printable.append(Character.isISOControl(c) ? '?' : (char) c));
        return printable.toString();
    }
}
