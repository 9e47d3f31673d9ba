/**
 * The system calls and tables of Linux that the JDK does not offer, over the FFM API, for the rooms fuse and mount; and
 * what is done with whole trees of files, for whoever has them.
 */
package io.lighterage.blockdev.linux;
