/**
 * {@code lighter setup}: points the container engines of a host at its mirror, and takes that back. {@link
 * io.lighterage.cli.setup.Setup} plans and applies; each engine's own knowledge is in one class. Only the command calls
 * this room.
 */
package io.lighterage.cli.setup;
