/**
 * What measurements with real processes stand on: network namespaces joined by shaped links, a host whose mounts and
 * processes are its own, and programs that run there. Nothing of it outlives this JVM, however that ends. Knows no
 * other room but that of system calls; called by {@code bench.masspull} and {@code bench.start}.
 */
package io.lighterage.bench.lab;
