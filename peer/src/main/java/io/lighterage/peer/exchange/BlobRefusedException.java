package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.wire.Frame.Refusal;

/** Upstream refuses a blob; carries its answer, to be passed on to the client. */
public final class BlobRefusedException extends BlobUnavailableException {
    private final transient Refusal refusal;

    public BlobRefusedException(Digest digest, Refusal refusal) {
        super("upstream refuses blob " + digest + " with status " + refusal.status());
        this.refusal = refusal;
    }

    /** Upstream's answer. */
    public Refusal refusal() {
        return refusal;
    }
}
