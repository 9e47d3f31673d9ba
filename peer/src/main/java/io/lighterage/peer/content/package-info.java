/**
 * The values that every part of Lighterage speaks about: digests, blobs, chunks, image references.
 * Nothing here does I/O, keeps time or holds a thread; anyone may call it.
 */
package io.lighterage.peer.content;
