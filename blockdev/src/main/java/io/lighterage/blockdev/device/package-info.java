/**
 * Reads of an image's device out of blobs. The front ends (FUSE, NBD) call it; it calls the exchange.
 */
package io.lighterage.blockdev.device;
