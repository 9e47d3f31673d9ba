package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a container reads of its image's device until it has started, in order.
 *
 * <p>As a file: a line {@code OFFSET LENGTH [MICROSECONDS]} for each read, in bytes; the third number is the time that the
 * container works after it. Lines that begin with {@code #} are comments.
 *
 * @param reads at least one
 */
public record Trace(List<Read> reads) {
    /** One read, and the time that passes before the next. */
    public record Read(long offset, long length, long thinkNs) {
        public Read {
            require(offset >= 0 && length > 0 && thinkNs >= 0,
                    "trace: a read of " + length + " bytes at " + offset + " is not possible");
        }
    }

    private static final int MOST_RUN = 256 << 10;
    private static final int BLOCK = 4096;

    public Trace {
        require(!reads.isEmpty(), "trace: has no reads");
        reads = List.copyOf(reads);
    }

    /** Bytes of all reads. */
    public long bytes() {
        return reads.stream().mapToLong(Read::length).sum();
    }

    long end() {
        return reads.stream().mapToLong(r -> r.offset + r.length).max().orElse(0);
    }

    /**
     * Reads a trace from a file.
     *
     * @throws IOException if the file cannot be read, or a line is not one of a trace
     */
    public static Trace read(Path file) throws IOException {
        List<Read> reads = new ArrayList<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] fields = line.trim().split("[ \t,]+");
            try {
                require(fields.length == 2 || fields.length == 3, "has " + fields.length + " fields, not 2 or 3");
                reads.add(new Read(
                        Long.parseLong(fields[0]), Long.parseLong(fields[1]),
                        fields.length == 3 ? Long.parseLong(fields[2]) * 1000 : 0));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": line " + number + " is not \"OFFSET LENGTH [MICROSECONDS]\": " + line, e);
            }
        }
        if (reads.isEmpty()) {
            throw new IOException(file + ": has no reads");
        }
        return new Trace(reads);
    }

    /**
     * A trace that looks like a program's start where none was recorded: files of 4 KiB to 1 MiB all over the device, each
     * read in sequence by 128 KiB at most.
     *
     * @param bytes to be read together
     * @param within of a device of so many bytes, behind {@code from}
     * @param thinkNs the time that all reads together leave the program to work
     */
    public static Trace made(long bytes, long from, long within, long thinkNs, long seed) {
        require(bytes >= BLOCK && from >= 0 && bytes <= (within - from) / 2,
                "trace-mib: more than half of the device, or nothing");
        SplittableRandom random = new SplittableRandom(seed);
        List<long[]> runs = new ArrayList<>();
        long left = bytes;
        while (left > 0) {
            long length = Math.min(left, (long) BLOCK << random.nextInt(9));
            long blocks = (within - from - length) / BLOCK;
            long offset = from + random.nextLong(Math.max(1, blocks)) * BLOCK;
            for (long at = 0; at < length; at += MOST_RUN / 2) {
                runs.add(new long[] {offset + at, Math.min(MOST_RUN / 2, length - at)});
            }
            left -= length;
        }
        long each = thinkNs / runs.size();
        return new Trace(runs.stream().map(r -> new Read(r[0], r[1], each)).toList());
    }
}
