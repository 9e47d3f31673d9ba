/**
 * What is known of the starts of images, for the API to take and to give. It knows the store and the rules of
 * {@link io.lighterage.blockdev.prefetch}.
 */
package io.lighterage.supernode.trace;
