/**
 * Mass pulls with real processes: hosts, a supernode and a registry behind shaped links, pulled by lighter and, to
 * compare, by other means. Knows the processes by their command line and HTTP only, so it measures what a user runs.
 * Called by {@code lighter bench}.
 */
package io.lighterage.bench.masspull;
