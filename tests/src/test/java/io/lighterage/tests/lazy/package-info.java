/**
 * Images mounted before they are here, by real supernodes and nodes: what is read, what survives, what ends with an
 * error.
 */
package io.lighterage.tests.lazy;
