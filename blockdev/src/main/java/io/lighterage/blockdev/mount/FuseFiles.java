package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.fuse.FuseServer;
import io.lighterage.blockdev.fuse.FuseSettings;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The FUSE file system of a node's devices, started when the first device needs it: a node that mounts nothing needs
 * neither root nor FUSE. Guarded by the lock of {@link OpenImages}.
 */
final class FuseFiles {
    private static final Logger LOG = LoggerFactory.getLogger(FuseFiles.class);

    private final FuseSettings settings;
    private final FuseStarter starter;
    private FuseServer server;

    FuseFiles(FuseSettings settings, FuseStarter starter) {
        this.settings = settings;
        this.starter = starter;
    }

    FuseSettings settings() {
        return settings;
    }

    /** The server, started if it is not. */
    FuseServer started() throws IOException, InterruptedException {
        if (server == null) {
            server = starter.start(settings);
        }
        return server;
    }

    /** The server, if it runs. */
    Optional<FuseServer> running() {
        return Optional.ofNullable(server);
    }

    /** Ends the file system if it has no file; else leaves it for the next process. */
    void close() {
        if (server == null) {
            return;
        }
        try {
            if (server.names().isEmpty() && server.awaited().isEmpty()) {
                server.unmount();
            }
        } catch (IOException e) {
            LOG.warn("the file system of devices is left for the next start", e);
        } finally {
            server.close();
            server = null;
        }
    }
}
