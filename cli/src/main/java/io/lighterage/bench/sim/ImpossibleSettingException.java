package io.lighterage.bench.sim;

/** A benchmark cannot be what somebody asked for; the message names the parameter and what it may be. */
public final class ImpossibleSettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** @param message names the parameter and what it may be */
    public ImpossibleSettingException(String message) {
        super(message);
    }

    /** Throws unless {@code possible}. */
    public static void require(boolean possible, String message) {
        if (!possible) {
            throw new ImpossibleSettingException(message);
        }
    }
}
