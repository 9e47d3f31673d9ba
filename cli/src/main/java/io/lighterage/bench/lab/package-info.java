/**
 * What measurements with real processes stand on: network namespaces joined by shaped links, a host whose mounts and
 * processes are its own, programs that run there, and directories for their data. Networks and programs do not outlive
 * this JVM, however that ends; what a killed one left in directories the next one removes. Knows no other room but that
 * of system calls; called by {@code bench.masspull} and {@code bench.start}.
 */
package io.lighterage.bench.lab;
