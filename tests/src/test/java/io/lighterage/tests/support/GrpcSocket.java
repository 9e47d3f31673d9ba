package io.lighterage.tests.support;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.lighterage.blockdev.snapshotter.ByteMethods;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client of gRPC services on a Unix socket. Safe for use by several threads. */
public final class GrpcSocket implements AutoCloseable {
    private static final Metadata.Key<String> NAMESPACE =
            Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel connection;
    private final Channel channel;

    /**
     * A client of what listens at {@code socket}; it connects when asked.
     *
     * @param namespace of containerd, of which it says that it is
     */
    public GrpcSocket(Path socket, String namespace) {
        connection = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .eventLoopGroup(loop)
                .channelType(EpollDomainSocketChannel.class)
                .overrideAuthority("localhost")
                .usePlaintext()
                // gRPC sets it for TCP; sockets of this kind have none.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .build();
        Metadata headers = new Metadata();
        headers.put(NAMESPACE, namespace);
        channel = ClientInterceptors.intercept(connection, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /**
     * Calls a method that answers with one message.
     *
     * @throws io.grpc.StatusRuntimeException if it answers with an error
     */
    public Message call(String service, String method, Message request, long deadlineSeconds) {
        return Message.parse(ClientCalls.blockingUnaryCall(
                channel,
                ByteMethods.of(service, method, MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(deadlineSeconds, TimeUnit.SECONDS),
                request.toBytes()));
    }

    /** Calls a method that answers with a stream of messages. */
    public List<Message> stream(String service, String method, Message request, long deadlineSeconds) {
        List<Message> answers = new ArrayList<>();
        ClientCalls.blockingServerStreamingCall(
                        channel,
                        ByteMethods.of(service, method, MethodType.SERVER_STREAMING),
                        CallOptions.DEFAULT.withDeadlineAfter(deadlineSeconds, TimeUnit.SECONDS),
                        request.toBytes())
                .forEachRemaining(answer -> answers.add(Message.parse(answer)));
        return answers;
    }

    @Override
    public void close() throws InterruptedException {
        connection.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }
}
