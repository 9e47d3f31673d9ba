/**
 * The {@code lighter} command: reads flags and configuration files, and wires the other modules into processes.
 * {@link io.lighterage.cli.SupernodeProcess} and {@link io.lighterage.cli.NodeProcess} start inside any JVM; the demo
 * and the tests use them so.
 */
package io.lighterage.cli;
