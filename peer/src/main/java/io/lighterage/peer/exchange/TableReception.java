package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ConflictingChunkException;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.wire.Frame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the table entries that others send for a transfer, and decides what becomes of it when they contradict it. */
final class TableReception {
    private static final Logger LOG = LoggerFactory.getLogger(TableReception.class);

    private final NodeSwarm swarm;

    TableReception(NodeSwarm swarm) {
        this.swarm = swarm;
    }

    void learn(PeerLink link, Transfer transfer, Frame.Table table) {
        try {
            BlobInfo shape = new BlobInfo(table.digest(), table.length(), table.chunkLength());
            if (shape.equals(transfer.blob.info())) {
                swarm.statements.learned(link, transfer, table);
            } else {
                contradicted(link, transfer, table.length() + " bytes in chunks of " + table.chunkLength());
            }
        } catch (ConflictingChunkException e) {
            contradicted(link, transfer, e.getMessage());
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            link.connection.close("sent an impossible table: " + e.getMessage());
        } catch (StoreException e) {
            swarm.fail(transfer, new BlobUnavailableException(
                    "the table of " + table.digest() + " cannot be kept: " + e.getMessage(), e));
        }
    }

    /** The supernode is right, and what is here may be wrong; which of two nodes is wrong cannot be known. */
    private void contradicted(PeerLink link, Transfer transfer, String what) {
        if (link.isSupernode()) {
            LOG.warn("dropping what is here of {}, as the supernode at {} has it otherwise: {}",
                    transfer.digest(), link.connection.remoteAddress(), what);
            drop(transfer.digest(), "its table turned out to be wrong");
        } else if (!swarm.isSupernodeThere() || swarm.isByNodes(transfer)) {
            // No node may make this one throw away what it has.
            link.connection.close("has another table: " + what);
        }
    }

    /** Throws away what is here of a blob; whoever reads it is told why. */
    void drop(Digest digest, String why) {
        swarm.transfer(digest).ifPresent(
                t -> swarm.fail(t, new BlobUnavailableException("blob " + digest + " was withdrawn: " + why)));
        try {
            swarm.store.delete(digest);
        } catch (StoreException e) {
            LOG.error("withdrawn blob {} cannot be deleted: {}", digest, e.getMessage());
        }
    }
}
