/** Grants between hosts. */
package io.lighterage.peer.grant;
