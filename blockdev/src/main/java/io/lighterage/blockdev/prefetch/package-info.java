/**
 * What containers read first: recorded as they start, merged by the supernode, and fetched ahead of the reads of the
 * next one. It knows devices, and neither mounts nor HTTP; nodes and supernode both use it.
 */
package io.lighterage.blockdev.prefetch;
