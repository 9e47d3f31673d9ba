package io.lighterage.bench.start;

import java.util.List;

/**
 * An image to start, and a program in it that says {@link #READY} when it serves or has done its work.
 *
 * @param name short, as in reports
 * @param start a shell script that starts it
 */
public record StartImage(String name, Source source, String start) {
    /** Where an image is from. */
    public sealed interface Source permits Debian, Copied {}

    /**
     * Debian and packages upon it.
     *
     * @param prepare a shell script that runs in the image once it has its packages
     */
    public record Debian(List<String> packages, String prepare) implements Source {}

    /**
     * An image that is somewhere already.
     *
     * @param from as skopeo names it: {@code docker://debian:12}, {@code oci:DIR:TAG}
     */
    public record Copied(String from) implements Source {}

    /** The line by which a container says that it is ready. */
    public static final String READY = "READY";

    private static final String SERVER =
            """
            mkdir -p /opt/app && cat > /opt/app/Server.java <<'END'
            import com.sun.net.httpserver.HttpServer;
            import java.net.InetSocketAddress;
            import java.net.Socket;
            public class Server {
                public static void main(String[] arguments) throws Exception {
                    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 8080), 0);
                    server.createContext("/", exchange -> {
                        byte[] body = "hello".getBytes();
                        exchange.sendResponseHeaders(200, body.length);
                        exchange.getResponseBody().write(body);
                        exchange.close();
                    });
                    server.start();
                    try (Socket client = new Socket("127.0.0.1", 8080)) {
                        client.getOutputStream().write("GET / HTTP/1.0\\r\\n\\r\\n".getBytes());
                        if (client.getInputStream().readAllBytes().length > 0) {
                            System.out.println("READY");
                        }
                    }
                    Thread.sleep(600_000);
                }
            }
            END
            javac -d /opt/app /opt/app/Server.java
            """;

    /** All of them, as HelloBench chose: run-times, a database, a compiler, a web server. */
    public static final List<StartImage> ALL = List.of(
            new StartImage(
                    "python",
                    new Debian(List.of("python3"), ""),
                    "python3 -c 'import json, ssl, http.server, sqlite3; print(\"READY\")'"),
            new StartImage(
                    "java",
                    new Debian(List.of("openjdk-17-jdk-headless"), SERVER),
                    "java -version && exec java -cp /opt/app Server"),
            new StartImage(
                    "node",
                    new Debian(List.of("nodejs"), ""),
                    "node -e 'require(\"http\"); require(\"crypto\"); console.log(\"READY\")'"),
            new StartImage(
                    "postgres",
                    new Debian(List.of("postgresql"), ""),
                    "install -d -o postgres /run/postgresql && exec setpriv --reuid=postgres --regid=postgres --clear-groups"
                            + " /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"
                            + " -c config_file=/etc/postgresql/15/main/postgresql.conf -c ssl=off 2>&1"
                            + " | sed -u -n '/ready to accept connections/s/.*/READY/p'"),
            new StartImage(
                    "gcc",
                    new Debian(List.of("gcc", "libc6-dev", "g++"), ""),
                    "cd /tmp && printf '#include <stdio.h>\\nint main(void) { puts(\"READY\"); return 0; }\\n' > main.c"
                            + " && gcc -O1 -o main main.c && ./main"),
            new StartImage(
                    "nginx",
                    new Debian(List.of("nginx", "bash"), ""),
                    "nginx && exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; printf \"GET / HTTP/1.0\\r\\n\\r\\n\" >&3;"
                            + " grep -q -i nginx <&3 && echo READY; exec sleep 600'"));
}
