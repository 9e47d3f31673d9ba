/**
 * containerd with a node's snapshotter: what it does as others do, and containers that start before their image is
 * here.
 */
package io.lighterage.tests.snapshots;
