package io.lighterage.bench.masspull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HttpConnectionTest {
    /** Answers whatever is asked first with {@code answers}, byte for byte; takes nothing more if {@code hangUp}. */
    private static ServerSocket server(String answers, boolean hangUp) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            try (Socket client = server.accept();
                    OutputStream out = client.getOutputStream()) {
                client.getInputStream().read();
                out.write(answers.getBytes(StandardCharsets.US_ASCII));
                if (!hangUp) {
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException("the test's server", e);
            }
        });
        return server;
    }

    private static HttpConnection to(ServerSocket server) throws IOException {
        return HttpConnection.open(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
    }

    @Test
    void oneConnectionAnswersSeveralRequests() throws Exception {
        try (ServerSocket server =
                server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b\r\n\r\nabcHTTP/1.1 404 "
                        + "No\r\ncontent-length:0\r\n\r\n", false);
                HttpConnection connection = to(server)) {
            HttpConnection.Head first = connection.get("/a", "*/*");
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.headers()).containsEntry("x-a", "b");
            assertThat(connection.body(first)).asString(StandardCharsets.US_ASCII).isEqualTo("abc");
            assertThat(connection.get("/b", "").status()).isEqualTo(404);
        }
    }

    @Test
    void aBodyThatEndsEarlyIsAFailure() throws Exception {
        try (ServerSocket server = server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true);
                HttpConnection connection = to(server)) {
            HttpConnection.Head head = connection.get("/", "");
            assertThatThrownBy(() -> connection.body(head)).isInstanceOf(IOException.class)
                    .hasMessageContaining("closed the connection");
        }
    }

    @Test
    void whatIsNotHttpOrHasNoLengthIsNamed() throws Exception {
        for (String wrong : new String[] {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\n:x\r\n\r\n"}) {
            try (ServerSocket server = server(wrong, false);
                    HttpConnection connection = to(server)) {
                assertThatThrownBy(() -> connection.get("/", "")).isInstanceOf(IOException.class)
                        .hasMessageContaining("127.0.0.1");
            }
        }
    }
}
