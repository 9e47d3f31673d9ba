package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/**
 * What things cost besides the bytes on links. The defaults are those measured on two cores at 2.5 GHz without SHA-NI.
 *
 * @param hashBytesPerSecond SHA-256 on one core
 * @param hashCores cores of a host that verify chunks
 * @param serveNs from the arrival of a want to the first byte of its answer, on an idle host
 * @param openNs of the supernode for each blob that a node opens, one after the other
 * @param overhead bytes of frames and TCP for each byte of content
 * @param rackNs one way between hosts of a rack
 * @param zoneNs one way between racks of a zone, and to the supernode
 * @param farNs one way between zones
 * @param upstreamNs one way to the registry
 */
public record Costs(
        double hashBytesPerSecond,
        int hashCores,
        long serveNs,
        long openNs,
        double overhead,
        long rackNs,
        long zoneNs,
        long farNs,
        long upstreamNs) {
    /** As measured; latencies as they are common in a datacenter, 10 ms to the registry. */
    public static final Costs MEASURED =
            new Costs(305e6, 2, 140_000, 30_000, 0.05, 50_000, 150_000, 500_000, 10_000_000);

    public Costs {
        require(hashBytesPerSecond >= 1e6, "hash-mb-s: " + hashBytesPerSecond / 1e6 + " is not 1 or more");
        require(hashCores >= 1 && hashCores <= 1024, "hash-cores: " + hashCores + " is not from 1 to 1024");
        require(overhead >= 0 && overhead <= 1, "overhead: " + overhead + " is not from 0 to 1");
        for (long ns : new long[] {serveNs, openNs, rackNs, zoneNs, farNs, upstreamNs}) {
            require(ns >= 0 && ns <= 60_000_000_000L, "a cost or latency of " + ns + " ns is not from 0 to 60 s");
        }
    }
}
