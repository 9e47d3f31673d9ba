/**
 * Shows on a terminal, or in lines of text, how far something is whose bytes are counted. Called by commands.
 */
package io.lighterage.cli.progress;
