package io.lighterage.tests.mirror;

import java.util.Map;

/** One request of the corpus. */
record Probe(String method, String path, Map<String, String> headers) {
    boolean has(String header) {
        return headers.containsKey(header);
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** The path as it is sent to a mirror that must be told the registry. */
    String pathAt(String registry) {
        return path + (path.indexOf('?') < 0 ? "?" : "&") + "ns=" + registry;
    }

    @Override
    public String toString() {
        return method + " " + path + " " + headers;
    }
}
