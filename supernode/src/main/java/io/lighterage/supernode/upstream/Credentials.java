package io.lighterage.supernode.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Credentials of our own for one registry.
 *
 * @param username the user, empty with only an identity token
 * @param password the password, or empty
 * @param identityToken a refresh token for the registry's token server, or empty
 */
record Credentials(String username, String password, String identityToken) {
    /** The header of HTTP Basic. */
    String basic() {
        byte[] pair = (username + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    boolean hasPassword() {
        return !username.isEmpty() || !password.isEmpty();
    }

    /** Says nothing, so that nothing can reach a log. */
    @Override
    public String toString() {
        return "Credentials[hidden]";
    }
}
