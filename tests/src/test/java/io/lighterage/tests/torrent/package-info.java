/**
 * The BitTorrent lane with real clients, friendly and hostile ones. Clients run in a network namespace: transmission
 * talks to nobody on a loopback address.
 */
package io.lighterage.tests.torrent;
