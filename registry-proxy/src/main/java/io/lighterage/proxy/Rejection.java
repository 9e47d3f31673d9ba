package io.lighterage.proxy;

/** Why requests and connections are turned away before anything is looked up. */
enum Rejection {
    /** A request that is not HTTP, is too long, or names no host or several. */
    MALFORMED("malformed"),
    /** A GET or HEAD with a body: it means nothing, and is how requests are smuggled. */
    BODY("body"),
    /** A connection whose request did not arrive in time. */
    SLOW("slow"),
    /** An idle connection that was closed because there were too many. */
    CROWD("crowd"),
    /** A push to a registry that takes none through this mirror. */
    PUSH("push");

    private final String label;

    Rejection(String label) {
        this.label = label;
    }

    /** What the metrics call it. */
    String label() {
        return label;
    }
}
