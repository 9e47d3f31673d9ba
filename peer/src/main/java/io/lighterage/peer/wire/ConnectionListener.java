package io.lighterage.peer.wire;

/**
 * Who is told what happens on connections. Calls for one connection come one after another, on its event loop:
 * be brief, never block. As long as a call runs nothing more is read from that connection, which is the back-pressure.
 */
public interface ConnectionListener {
    /** A connection was opened by either side and introduced. Comes before all else for it. */
    void connected(Connection connection);

    /**
     * A frame came; never {@link Frame.Ping}, {@link Frame.Pong} or {@link Frame.Goodbye}, which the wire itself
     * answers.
     */
    void received(Connection connection, Frame frame);

    /** The connection is gone; {@code reason} is fit for a log. Comes last for it. */
    void disconnected(Connection connection, String reason);
}
