package io.lighterage.cli.demo;

import java.nio.file.Path;

/**
 * A file that goes into a layer.
 *
 * @param file where it is
 * @param name its path in the layer, without a leading slash
 * @param length its length in bytes when it was found
 */
record LayerSource(Path file, String name, long length) {}
