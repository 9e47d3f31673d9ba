package io.lighterage.blockdev.device;

import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobRefusedException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The chunks that reads wait for. Each is fetched once however many wait, by a thread that goes on when one of them
 * gives up. What fails is tried again until the deadline, for the supernode or the network may come back.
 */
final class Flights {
    private static final long SHORTEST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 2_000;

    /** A chunk on its way. */
    static final class Flight {
        private final CompletableFuture<Void> landed = new CompletableFuture<>();
        private final long deadlineNs;

        /** Why the last try failed, for who gives up before the next; null while none has. */
        private volatile IOException setback;

        private Flight(long deadlineNs) {
            this.deadlineNs = deadlineNs;
        }

        /** Completed when the chunk is here, or will not come. */
        CompletableFuture<Void> landed() {
            return landed;
        }

        /** When it is given up, by {@link System#nanoTime}. */
        long deadlineNs() {
            return deadlineNs;
        }

        /** What to say of it where it did not land in time. */
        String trouble() {
            IOException last = setback;
            return last == null ? "" : ": " + last.getMessage();
        }
    }

    private record Key(DeviceBlob blob, int index) {}

    private final Tasks tasks;
    private final LongAdder demandedBytes;
    private final ConcurrentMap<Key, Flight> underWay = new ConcurrentHashMap<>();

    /** @param demandedBytes counts what is fetched because a read waits for it */
    Flights(Tasks tasks, LongAdder demandedBytes) {
        this.tasks = tasks;
        this.demandedBytes = demandedBytes;
    }

    /** The flight of a chunk that is missing, begun with the given deadline if there is none. */
    Flight join(DeviceBlob blob, int index, long deadlineNs) {
        Key key = new Key(blob, index);
        Flight mine = new Flight(deadlineNs);
        Flight other = underWay.putIfAbsent(key, mine);
        if (other != null) {
            return other;
        }
        tasks.start("fetch-" + blob.info().digest().hex().substring(0, 12) + "-" + index, () -> fly(key, mine));
        return mine;
    }

    private void fly(Key key, Flight flight) {
        try {
            fetch(key, flight);
            underWay.remove(key, flight);
            flight.landed.complete(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            crash(key, flight, new IOException("the device is closed"));
        } catch (IOException | RuntimeException e) {
            crash(key, flight, e);
        }
    }

    /** Whoever asks for the chunk from now on begins anew; those who wait learn why. */
    private void crash(Key key, Flight flight, Exception why) {
        underWay.remove(key, flight);
        flight.landed.completeExceptionally(why);
    }

    private void fetch(Key key, Flight flight) throws IOException, InterruptedException {
        DeviceBlob blob = key.blob;
        ByteRange range = new ByteRange(blob.info().offsetOf(key.index), blob.info().lengthOf(key.index));
        long pauseMs = SHORTEST_PAUSE_MS;
        while (true) {
            try {
                blob.fetch(range, Priority.ON_DEMAND, flight.deadlineNs, demandedBytes::add);
                return;
            } catch (BlobRefusedException e) {
                throw e;
            } catch (IOException e) {
                flight.setback = e;
                long leftMs = TimeUnit.NANOSECONDS.toMillis(flight.deadlineNs - System.nanoTime());
                if (leftMs <= 0) {
                    throw e;
                }
                Thread.sleep(Math.min(pauseMs, leftMs));
                pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
            }
        }
    }
}
