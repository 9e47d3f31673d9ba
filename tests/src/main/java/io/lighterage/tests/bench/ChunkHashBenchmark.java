package io.lighterage.tests.bench;

import io.lighterage.peer.content.Digest;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The SHA-256 of one chunk on one core: what bounds a verified transfer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChunkHashBenchmark {
    /** Bytes in the chunk. */
    @Param({"65536", "262144", "4194304"})
    public int chunkLength;

    private byte[] chunk;

    /** Fills the chunk with random bytes. */
    @Setup
    public void fill() {
        chunk = new byte[chunkLength];
        new Random(1).nextBytes(chunk);
    }

    /** Hashes the chunk. */
    @Benchmark
    public Digest hash() {
        return Digest.of(chunk);
    }
}
