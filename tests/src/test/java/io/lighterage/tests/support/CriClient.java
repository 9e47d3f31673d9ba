package io.lighterage.tests.support;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks an engine for images as a kubelet does: by gRPC on its socket. The messages are those of {@code
 * runtime.v1.ImageService} of the Kubernetes Container Runtime Interface, put together by their field numbers.
 */
public final class CriClient implements AutoCloseable {
    private static final String SERVICE = "runtime.v1.ImageService";
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    /** Of PullImageRequest and ImageStatusRequest: the ImageSpec, whose field 1 is the image's name. */
    private static final int IMAGE = 1;
    /** Of PullImageRequest: the PodSandboxConfig, whose field 1 is PodSandboxMetadata: name 1, uid 2, namespace 3. */
    private static final int SANDBOX = 3;
    /** Of PullImageResponse the reference to the image; of ImageStatusResponse the image, if there is one. */
    private static final int ANSWER = 1;

    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;

    /** A client of the engine at a Unix socket; it connects when asked. */
    public CriClient(Path socket) {
        channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .eventLoopGroup(loop)
                .channelType(EpollDomainSocketChannel.class)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
    }

    /**
     * Pulls an image for a pod.
     *
     * @return the engine's reference to it, the digest of its config
     */
    public String pull(String image, long deadlineSeconds) {
        byte[] metadata = join(text(1, "pod"), text(2, "b9c1"), text(3, "default"));
        byte[] request = join(field(IMAGE, text(1, image)), field(SANDBOX, field(1, metadata)));
        byte[] reference = find(ANSWER, call("PullImage", request, deadlineSeconds))
                .orElseThrow(() -> new AssertionError("the answer to PullImage has no image_ref"));
        return new String(reference, StandardCharsets.UTF_8);
    }

    /** Whether the engine has an image. */
    public boolean has(String image) {
        return find(ANSWER, call("ImageStatus", field(IMAGE, text(1, image)), 10)).isPresent();
    }

    private byte[] call(String method, byte[] request, long deadlineSeconds) {
        MethodDescriptor<byte[], byte[]> descriptor = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, method))
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(deadlineSeconds, TimeUnit.SECONDS);
        return ClientCalls.blockingUnaryCall(channel, descriptor, options, request);
    }

    private static byte[] text(int number, String text) {
        return field(number, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A field of a Protocol Buffers message: tag, length as varint, content. */
    private static byte[] field(int number, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(number << 3 | LENGTH_DELIMITED);
        int length = content.length;
        while (length > 0x7f) {
            out.write(length & 0x7f | 0x80);
            length >>>= 7;
        }
        out.write(length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    /** The first field of a number in a message; nothing if it has none. */
    private static Optional<byte[]> find(int number, byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message);
        while (in.hasRemaining()) {
            long tag = varint(in);
            switch ((int) tag & 7) {
                case VARINT -> varint(in);
                case LENGTH_DELIMITED -> {
                    byte[] content = new byte[Math.toIntExact(varint(in))];
                    in.get(content);
                    if (tag >>> 3 == number) {
                        return Optional.of(content);
                    }
                }
                default -> throw new AssertionError("a field that no answer of the service has, tag " + tag);
            }
        }
        return Optional.empty();
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new AssertionError("a varint of more than ten bytes");
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    /** Messages as they are. */
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read an answer", e);
            }
        }
    }
}
