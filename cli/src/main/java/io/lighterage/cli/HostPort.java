package io.lighterage.cli;

import io.lighterage.peer.content.Quoted;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port as the command line has them: {@code name:80}, {@code 10.0.0.1:80} or {@code [::1]:80}.
 *
 * @param host a name or an address, an IPv6 address without its brackets
 * @param port 0 to 65535; 0 takes a free one when bound
 */
public record HostPort(String host, int port) {
    private static final Pattern FORM = Pattern.compile(
            "(?:\\[(?<six>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)]|(?<host>[A-Za-z0-9._-]+)):(?<port>[0-9]{1,5})");
    private static final int GREATEST_PORT = 65_535;

    public HostPort {
        if (port < 0 || port > GREATEST_PORT) {
            throw new IllegalArgumentException("a port is 0 to " + GREATEST_PORT + ", not " + port);
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if {@code text} is not one; the message says what is expected
     */
    public static HostPort parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(Quoted.of(text)
                    + " is not HOST:PORT, such as 127.0.0.1:8102 or [::1]:8102");
        }
        String six = form.group("six");
        return new HostPort(six != null ? six : form.group("host"), Integer.parseInt(form.group("port")));
    }

    /** The same host and port as a socket address, its name resolved now. */
    public InetSocketAddress resolve() {
        return new InetSocketAddress(host, port);
    }

    /** {@code http://} and this host and port. */
    public String url() {
        return "http://" + this;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
