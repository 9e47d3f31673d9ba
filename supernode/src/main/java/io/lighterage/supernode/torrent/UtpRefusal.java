package io.lighterage.supernode.torrent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells clients that try uTP (BEP 29, BitTorrent over UDP) that there is none, so that they come by TCP at once.
 * Transmission tries it first, and else waits for a minute. The answer is not longer than the question, so it is of no
 * use to flood others.
 */
final class UtpRefusal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UtpRefusal.class);
    private static final int HEADER = 20;
    private static final int SYN = 0x41;
    private static final int RESET = 0x31;
    private static final int CONNECTION_ID = 2;
    private static final int TIMESTAMP = 4;
    private static final int SEQUENCE = 16;
    private static final int ACKNOWLEDGED = 18;
    private static final int LONGEST = 2048;

    private final DatagramChannel channel;

    private UtpRefusal(DatagramChannel channel) {
        this.channel = channel;
    }

    /**
     * Starts to answer.
     *
     * @throws IOException if the address cannot be bound
     */
    static UtpRefusal start(InetSocketAddress address) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.bind(address);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException("cannot listen for datagrams on " + address + ": " + e.getMessage(), e);
        }
        UtpRefusal refusal = new UtpRefusal(channel);
        Thread.ofVirtual().name("torrent-utp").start(refusal::run);
        return refusal;
    }

    private void run() {
        ByteBuffer datagram = ByteBuffer.allocate(LONGEST);
        while (channel.isOpen()) {
            try {
                SocketAddress from = channel.receive(datagram.clear());
                datagram.flip();
                if (datagram.remaining() >= HEADER && datagram.get(0) == SYN) {
                    channel.send(reset(datagram), from);
                }
            } catch (ClosedChannelException e) {
                LOG.debug("datagrams are not answered any more", e);
            } catch (IOException e) {
                LOG.debug("a datagram was not answered", e);
            }
        }
    }

    private static ByteBuffer reset(ByteBuffer syn) {
        ByteBuffer reset = ByteBuffer.allocate(HEADER);
        reset.put(0, (byte) RESET);
        reset.putShort(CONNECTION_ID, syn.getShort(CONNECTION_ID));
        reset.putInt(TIMESTAMP, syn.getInt(TIMESTAMP));
        reset.putShort(ACKNOWLEDGED, syn.getShort(SEQUENCE));
        return reset;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
