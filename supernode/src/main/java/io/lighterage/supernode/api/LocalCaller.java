package io.lighterage.supernode.api;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which user of this host is at the other end of a loopback connection: the kernel's table of TCP sockets says to whom
 * a socket belongs, see proc_pid_net(5).
 */
final class LocalCaller {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

    /** {@code sl local:port remote:port state queues timer retransmits uid ...}, ports in hexadecimal. */
    private static final Pattern ROW =
            Pattern.compile("\\s*\\d+: [0-9A-F]+:(?<local>[0-9A-F]{4}) [0-9A-F]+:(?<remote>[0-9A-F]{4}) \\S+ \\S+ \\S+"
                    + " \\S+\\s+(?<uid>\\d+) .*");

    private LocalCaller() {}

    /** Whether the address is of this host's loopback. */
    static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * The user whose socket the client's end is; nothing if the table has no such connection.
     *
     * @param clientPort the port of the client's end
     * @param serverPort the port of this process's end
     */
    static OptionalInt uid(int clientPort, int serverPort) throws IOException {
        for (Path table : TABLES) {
            if (Files.notExists(table)) {
                continue;
            }
            for (String line : Files.readAllLines(table)) {
                Matcher row = ROW.matcher(line);
                if (row.matches()
                        && Integer.parseInt(row.group("local"), 16) == clientPort
                        && Integer.parseInt(row.group("remote"), 16) == serverPort) {
                    return OptionalInt.of(Integer.parseUnsignedInt(row.group("uid")));
                }
            }
        }
        return OptionalInt.empty();
    }
}
