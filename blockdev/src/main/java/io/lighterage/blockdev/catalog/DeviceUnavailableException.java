package io.lighterage.blockdev.catalog;

import java.io.IOException;

/** The device of an image cannot be had now; the message names the image and says why. */
public final class DeviceUnavailableException extends IOException {
    private final int status;

    /** @param status the HTTP status that the catalog answered, or 0 if it did not answer in time */
    public DeviceUnavailableException(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    public DeviceUnavailableException(int status, String message) {
        this(status, message, null);
    }

    /**
     * The HTTP status that the catalog answered: 404 for an image that is not there, 401 or 403 where the registry
     * refuses, 422 for an image that cannot be converted, 502 where upstream fails; 0 if the catalog did not answer in
     * time.
     */
    public int status() {
        return status;
    }
}
