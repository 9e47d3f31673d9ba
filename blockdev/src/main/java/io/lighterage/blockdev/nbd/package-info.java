/**
 * Serves block devices to NBD clients (virtual machines, qemu-img, nbdcopy). Whoever has devices starts an
 * {@link io.lighterage.blockdev.nbd.NbdServer}; it calls the device room only.
 */
package io.lighterage.blockdev.nbd;
