package io.lighterage.peer.store;

/**
 * What a store holds.
 *
 * @param blobs number of blobs, whole or partial
 * @param completeBlobs number of those that are whole
 * @param presentBytes bytes of usable chunks
 * @param totalBytes bytes that the blobs will have when all are whole
 */
public record StoreStatistics(long blobs, long completeBlobs, long presentBytes, long totalBytes) {}
