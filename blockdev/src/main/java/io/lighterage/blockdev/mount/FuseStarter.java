package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.fuse.FuseServer;
import io.lighterage.blockdev.fuse.FuseSettings;
import java.io.IOException;

/** Starts the FUSE file system of a node's devices. */
@FunctionalInterface
public interface FuseStarter {
    /**
     * Starts the server; it goes on where an earlier process with the same settings left.
     *
     * @throws IOException if it cannot, for want of root or of FUSE for example
     */
    FuseServer start(FuseSettings settings) throws IOException, InterruptedException;
}
