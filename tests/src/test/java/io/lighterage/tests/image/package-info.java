/** Real images as block devices: built by the command, checked by fsck.erofs, read through the kernel. */
package io.lighterage.tests.image;
