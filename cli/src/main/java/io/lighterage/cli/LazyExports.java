package io.lighterage.cli;

import io.lighterage.blockdev.mount.LazyImages;
import io.lighterage.blockdev.nbd.NbdExport;
import io.lighterage.blockdev.nbd.NbdExports;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.InvalidReferenceException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's images as network block devices, opened when a client asks for one. */
final class LazyExports implements NbdExports {
    private static final Logger LOG = LoggerFactory.getLogger(LazyExports.class);

    private final LazyImages images;

    LazyExports(LazyImages images) {
        this.images = images;
    }

    @Override
    public List<String> names() {
        return images.names();
    }

    @Override
    public Optional<NbdExport> open(String name) throws IOException, InterruptedException {
        try {
            LazyImages.Lease lease = images.lease(name);
            return Optional.of(new NbdExport(lease.name(), lease.device(), lease::close));
        } catch (InvalidReferenceException | InvalidDigestException e) {
            LOG.info("no export \"{}\": {}", name, e.getMessage());
            return Optional.empty();
        }
    }
}
