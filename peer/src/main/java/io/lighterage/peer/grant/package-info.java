/**
 * Who may read which blob, as hosts prove it to each other: grants signed by the supernode and checked offline, and
 * what is known to be in which repository. Called by the exchange and the mirror; does no I/O but in tables of the
 * store.
 */
package io.lighterage.peer.grant;
