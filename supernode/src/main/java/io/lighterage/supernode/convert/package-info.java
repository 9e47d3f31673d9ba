/**
 * Turns images into block images, once per datacenter, while their layers are ingested; and brings in whole images
 * before anybody asks. Called by the API; what is made are blobs of the store, which the exchange gives out like any
 * other.
 */
package io.lighterage.supernode.convert;
