package io.lighterage.tests.support;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A registry behind nginx that sends each answer at a bounded rate, so that a pull takes long enough to be in the
 * middle of it. Its log tells what truly left, also of answers that were cut off.
 */
public final class SlowUpstream implements AutoCloseable {
    private final int port;
    private final Path accessLog;
    private final Daemon daemon;

    private SlowUpstream(int port, Path accessLog, Daemon daemon) {
        this.port = port;
        this.accessLog = accessLog;
        this.daemon = daemon;
    }

    /**
     * Starts nginx before a registry.
     *
     * @param mibPerSecond rate of each answer, so of each connection
     */
    public static SlowUpstream before(DockerRegistry registry, Path directory, int mibPerSecond)
            throws IOException, InterruptedException {
        int port = Ports.free();
        Path accessLog = directory.resolve("access.log");
        Path config = directory.resolve("nginx.conf");
        Files.writeString(config, """
                daemon off;
                master_process off;
                pid %1$s/pid;
                error_log %1$s/error.log;
                events {}
                http {
                    access_log %2$s combined;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen 127.0.0.1:%3$d sndbuf=256k;
                        location / {
                            proxy_pass %4$s;
                            proxy_http_version 1.1;
                            proxy_set_header Host $http_host;
                            proxy_buffering off;
                            limit_rate %5$dm;
                        }
                    }
                }
                """.formatted(directory, accessLog, port, registry.url(), mibPerSecond));
        Daemon daemon = Daemon.start(
                "nginx", directory.resolve("log"), Map.of(),
                List.of("nginx", "-e", directory.resolve("error.log").toString(), "-c", config.toString()));
        SlowUpstream upstream = new SlowUpstream(port, accessLog, daemon);
        try {
            daemon.awaitReady(() -> Http.status(upstream.url().resolve("/v2/")) == 200, Duration.ofSeconds(30));
        } catch (Throwable e) {
            upstream.close();
            throw e;
        }
        return upstream;
    }

    /** Its URL, without a path. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The answers that have ended so far. */
    public AccessLog accesses() throws IOException {
        return AccessLog.parse(Programs.text(accessLog));
    }

    @Override
    public void close() throws InterruptedException {
        daemon.close();
    }
}
