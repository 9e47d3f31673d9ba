package io.lighterage.bench.sim;

/** A simulation cannot be what somebody asked for; the message names the parameter and what it may be. */
public final class ImpossibleSettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    ImpossibleSettingException(String message) {
        super(message);
    }

    static void require(boolean possible, String message) {
        if (!possible) {
            throw new ImpossibleSettingException(message);
        }
    }
}
