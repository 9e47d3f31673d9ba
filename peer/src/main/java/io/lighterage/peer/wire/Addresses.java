package io.lighterage.peer.wire;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Addresses and foreign text as they stand in logs. */
final class Addresses {
    private Addresses() {}

    /** {@code host:port}, without a reverse look-up. */
    static String text(SocketAddress address) {
        return address instanceof InetSocketAddress socket
                ? NetUtil.toSocketAddressString(socket)
                : "an unknown address";
    }

    /** The host alone, without a reverse look-up. */
    static String host(InetSocketAddress address) {
        return address.getAddress().getHostAddress();
    }

    /** {@code text} on one line. */
    static String printable(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
