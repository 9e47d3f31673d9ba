package io.lighterage.bench.lab;

import java.util.List;

/**
 * How an end of a link sends, by {@code tc tbf}. The burst is what the rate makes in 4 ms, at least 64 KiB: a packet of
 * TCP segmentation offload passes whole and the granularity of timers costs no rate. On top of it comes a queue of 50 ms, at
 * least 256 KiB as a port of a switch has it: less drops whole windows where several senders meet at one link.
 *
 * @param bytesASecond its rate, at least 1
 */
record Shape(long bytesASecond) {
    private static final int BYTES_PER_MBIT = 125_000;
    private static final int LEAST_BURST = 64 << 10;
    private static final int LEAST_QUEUE = 256 << 10;

    static Shape of(double mbit) {
        return new Shape((long) (mbit * BYTES_PER_MBIT));
    }

    /** What {@code tc qdisc ... root} is told. */
    List<String> arguments() {
        long burst = Math.max(LEAST_BURST, bytesASecond / 250);
        return List.of("tbf", "rate", bytesASecond * 8 + "bit", "burst", Long.toString(burst),
                "limit", Long.toString(burst + Math.max(LEAST_QUEUE, bytesASecond / 20)));
    }
}
