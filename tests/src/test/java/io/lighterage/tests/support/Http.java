package io.lighterage.tests.support;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** One shared HTTP/1.1 client. */
public final class Http {
    static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private Http() {}

    /** The status of a GET. */
    public static int status(URI url) throws IOException, InterruptedException {
        return status(CLIENT, url);
    }

    /** The status of a GET by {@code client}. */
    public static int status(HttpClient client, URI url) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(url)
                                .timeout(Duration.ofSeconds(10))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** The answer to a GET or HEAD, whatever its status. */
    public static HttpResponse<byte[]> ask(String method, URI url, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(60));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** The body of a GET that must answer 200. */
    public static byte[] get(URI url, String... headers) throws IOException, InterruptedException {
        return get(CLIENT, url, headers);
    }

    /** The body of a GET by {@code client} that must answer 200. */
    public static byte[] get(HttpClient client, URI url, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(60));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(
                    "GET " + url + " answered " + response.statusCode() + ": " + new String(response.body()));
        }
        return response.body();
    }
}
