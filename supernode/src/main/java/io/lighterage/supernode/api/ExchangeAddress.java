package io.lighterage.supernode.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * Where a supernode's exchange is reached: the JSON of {@code GET /api/v1/exchange}, by which a node that knows the
 * HTTP port finds the other one.
 *
 * @param host its host, or empty for the host of the HTTP port
 * @param port its port, 1 to 65535
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExchangeAddress(String host, int port) {
    /** Where it is served. */
    public static final String PATH = "/api/v1/exchange";
}
