/**
 * The system calls and tables of Linux that the JDK does not offer, over the FFM API. For the rooms fuse and mount.
 */
package io.lighterage.blockdev.linux;
