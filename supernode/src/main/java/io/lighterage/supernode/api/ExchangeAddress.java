package io.lighterage.supernode.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * Where a supernode's exchange is reached: the JSON of {@code GET /api/v1/exchange}, by which a node that knows the
 * HTTP port finds the other one.
 *
 * @param host its host, or empty for the host of the HTTP port
 * @param port its port, 1 to 65535
 * @param grantKey the key by which grants of the supernode are checked, X.509 in base 64; nothing from a node
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExchangeAddress(String host, int port, String grantKey) {
    /** Where it is served. */
    public static final String PATH = "/api/v1/exchange";

    /** Of a process that issues no grants. */
    public ExchangeAddress(String host, int port) {
        this(host, port, "");
    }
}
