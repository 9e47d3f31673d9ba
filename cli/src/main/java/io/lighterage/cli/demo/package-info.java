/**
 * {@code lighter demo}: the main job on one machine. Builds an image, serves it from a small registry of limited
 * bandwidth, pulls it through the mirrors of several nodes at once and, to compare, from the registry directly.
 * Called by the {@code lighter} command only.
 */
package io.lighterage.cli.demo;
