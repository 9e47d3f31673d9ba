/**
 * Asks a supernode for the device of an image. A node calls it before it mounts; it knows HTTP, and neither blobs nor
 * mounts.
 */
package io.lighterage.blockdev.catalog;
