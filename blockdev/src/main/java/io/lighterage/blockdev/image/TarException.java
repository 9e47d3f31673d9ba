package io.lighterage.blockdev.image;

import java.io.IOException;

/** What is wrong with an archive; {@link LayerFlattener} and {@link LayerMerge} add of which layer and entry. */
final class TarException extends IOException {
    TarException(String reason) {
        super(reason);
    }

    TarException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
