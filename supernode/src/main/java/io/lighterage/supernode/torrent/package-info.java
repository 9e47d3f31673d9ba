/**
 * The BitTorrent lane: any standard client fetches what a supernode holds. Offers are made of blobs by {@code
 * Catalog}, the library {@code bt} seeds them, and {@code Gate} stands between it and the world. Called by the API
 * and the command; never on the path of a pull or a read.
 */
package io.lighterage.supernode.torrent;
