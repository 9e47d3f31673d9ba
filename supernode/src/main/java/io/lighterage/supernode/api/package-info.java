/**
 * The control API over Vert.x Web: health, metrics, status. It shows what the other rooms know and holds no logic.
 * Called by whatever wires a process together; nodes serve the same pages.
 */
package io.lighterage.supernode.api;
