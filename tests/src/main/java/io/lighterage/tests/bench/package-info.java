/**
 * Benchmarks of single parts (JMH) and load for the scripts in {@code tests/bench}. Uses only what the rooms of
 * {@code peer} offer to everybody.
 */
package io.lighterage.tests.bench;
