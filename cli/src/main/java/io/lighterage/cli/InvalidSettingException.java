package io.lighterage.cli;

/** A flag or an entry of a configuration file cannot be used; the message names it and says why. */
public final class InvalidSettingException extends RuntimeException {
    private final boolean flag;

    private InvalidSettingException(String message, boolean flag, Throwable cause) {
        super(message, cause);
        this.flag = flag;
    }

    static InvalidSettingException ofFlag(String message) {
        return new InvalidSettingException(message, true, null);
    }

    static InvalidSettingException ofFile(String message, Throwable cause) {
        return new InvalidSettingException(message, false, cause);
    }

    /** Whether the command line is at fault, and not a file. */
    public boolean isFlag() {
        return flag;
    }
}
