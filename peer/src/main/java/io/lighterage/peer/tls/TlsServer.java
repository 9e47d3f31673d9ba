package io.lighterage.peer.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLEngine;

/**
 * The TLS of a listening port, for Netty and what is built on it. Handshakes cost much more than what begins them, so
 * only {@value #MOST_HANDSHAKES} run at once: who comes in beyond that is refused, and silent connections cost next to
 * nothing.
 */
public final class TlsServer extends JdkSslContext {
    /** How many clients may be between their first byte and the end of their handshake. */
    static final int MOST_HANDSHAKES = 256;

    /** TLS 1.3 alone, for ports where both sides are ours. */
    public static final List<String> NEWEST = List.of("TLSv1.3");

    /** TLS 1.2 too, for ports where engines of other people connect. */
    public static final List<String> COMMON = List.of("TLSv1.3", "TLSv1.2");

    private final String port;
    private final TlsRefusals refusals;
    private final Semaphore handshakes = new Semaphore(MOST_HANDSHAKES);

    /**
     * @param port the port's name in log lines, such as "the exchange"
     * @param clients whether clients must have certificates, of the authorities of {@code context}
     * @param protocols {@link #NEWEST} or {@link #COMMON}
     */
    public TlsServer(TlsContext context, String port, boolean clients, List<String> protocols, TlsRefusals refusals) {
        super(
                context.sslContext(),
                false,
                Ciphers.preferred(protocols),
                IdentityCipherSuiteFilter.INSTANCE,
                ApplicationProtocolConfig.DISABLED,
                clients ? ClientAuth.REQUIRE : ClientAuth.NONE,
                protocols.toArray(String[]::new),
                false);
        this.port = port;
        this.refusals = refusals;
    }

    /** @param host the client's address, for the log; the port of it does not matter */
    @Override
    protected SslHandler newHandler(
            ByteBufAllocator allocator, String host, int clientPort, boolean startTls, Executor tasks) {
        return new Handler(newEngine(allocator, host, clientPort), host, tasks);
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator allocator, boolean startTls, Executor tasks) {
        return new Handler(newEngine(allocator), "an unknown address", tasks);
    }

    /** Fields are owned by the event loop. */
    private final class Handler extends SslHandler {
        private final String host;
        private boolean begun;

        Handler(SSLEngine engine, String host, Executor tasks) {
            super(engine, tasks);
            this.host = host;
            handshakeFuture().addListener(done -> {
                if (begun) {
                    handshakes.release();
                }
                if (!done.isSuccess() && begun) {
                    refusals.refused(port, host, TlsFailure.ofHandshake(done.cause()));
                }
            });
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (!begun) {
                if (!handshakes.tryAcquire()) {
                    ReferenceCountUtil.release(message);
                    refusals.refused(port, host, new TlsFailure(
                            TlsFailure.Reason.CROWDED, MOST_HANDSHAKES + " others are in the TLS handshake"));
                    context.close();
                    return;
                }
                begun = true;
            }
            super.channelRead(context, message);
        }
    }
}
