/**
 * containerd's remote snapshotter: the service {@code containerd.services.snapshots.v1.Snapshots} on a Unix socket.
 * Images that have a device are not unpacked but mounted; all else is as in containerd's snapshotter on overlayfs. For
 * the node.
 */
package io.lighterage.blockdev.snapshotter;
