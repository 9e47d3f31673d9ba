package io.lighterage.tests.support;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;

/**
 * Reads one blob through a mirror as engines do: hashes what comes, and after a broken connection asks for the rest.
 * Owned by one thread, which decides how far it reads.
 */
public final class BlobPull implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int READ_TIMEOUT_MS = 60_000;

    private final URI url;
    private final OciImage.Blob blob;
    private final MessageDigest hash = Digest.sha256();
    private final byte[] buffer = new byte[1 << 16];
    private long offset;
    private InputStream in;

    /** A pull of {@code blob}, named in {@code repository}, that has read nothing yet. */
    public BlobPull(URI mirror, String repository, OciImage.Blob blob) {
        this.url = mirror.resolve("/v2/" + repository + "/blobs/" + blob.digest() + "?ns=" + Mirror.REGISTRY);
        this.blob = blob;
    }

    /** Reads until {@code end} bytes are here in all, over one connection. */
    public void readTo(long end) throws IOException {
        while (offset < end) {
            if (in == null) {
                in = open();
            }
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, end - offset));
            if (read < 0) {
                throw new IOException(url + " ended after " + offset + " of " + blob.length() + " bytes");
            }
            hash.update(buffer, 0, read);
            offset += read;
        }
    }

    /** Reads the rest, connecting anew as often as needed, and answers the digest of all that came. */
    public Digest finish(Duration deadline) throws InterruptedException {
        Await.until(
                () -> {
                    try {
                        readTo(blob.length());
                        return true;
                    } catch (IOException e) {
                        disconnect();
                        throw e;
                    }
                },
                deadline,
                () -> url + " gave " + offset + " of " + blob.length() + " bytes");
        return Digest.finish(hash);
    }

    private InputStream open() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
        connection.setReadTimeout(READ_TIMEOUT_MS);
        connection.setRequestProperty("Range", "bytes=" + offset + "-");
        if (connection.getResponseCode() != HttpURLConnection.HTTP_PARTIAL) {
            connection.disconnect();
            throw new IOException(url + " from byte " + offset + " answered " + connection.getResponseCode());
        }
        return connection.getInputStream();
    }

    private void disconnect() throws IOException {
        if (in != null) {
            InputStream broken = in;
            in = null;
            broken.close();
        }
    }

    @Override
    public void close() throws IOException {
        disconnect();
    }
}
