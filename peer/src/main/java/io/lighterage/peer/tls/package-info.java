/**
 * Certificates: reads them from PEM files, again when the files change, and makes TLS contexts and handlers of them.
 * Everybody who listens or connects may call it; it knows no protocol above TLS, and no other room.
 */
package io.lighterage.peer.tls;
