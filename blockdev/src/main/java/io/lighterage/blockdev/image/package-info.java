/**
 * Turns the layers of an unmodified image into a read-only device: data blobs, merged metadata as EROFS, and the map of
 * both. Called by the supernode's conversion and by {@code lighter image build}; knows neither network nor mounts.
 */
package io.lighterage.blockdev.image;
