/**
 * Time that is not the machine's, and links that flows share max-min fairly. Knows nothing of blobs or swarms; {@code bench.sim}
 * builds clusters on it. One thread only.
 */
package io.lighterage.bench.flow;
