package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A process that writes known chunks into a store from several threads and says on standard output which writes
 * returned, one line {@code wrote BLOB CHUNK;} each, until all is written; then it stays until it is killed.
 */
final class WritingChild {
    static final int BLOBS = 4;
    static final int CHUNKS = 160;
    private static final int THREADS = 3;

    private WritingChild() {}

    static Process start(Path directory, long seed, int round) throws Exception {
        return start(WritingChild.class, directory.toString(), Long.toString(seed), Integer.toString(round));
    }

    /** A process of its own that runs {@code main}. */
    static Process start(Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Blob {@code index} of the run with {@code seed}. */
    static Contents contents(long seed, int index) {
        return Contents.random(seed * 100 + index, CHUNKS * BlobInfo.SMALLEST_CHUNK - 17);
    }

    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[1]);
        List<int[]> order = new ArrayList<>();
        List<Contents> contents = new ArrayList<>();
        List<StoredBlob> blobs = new ArrayList<>();
        BlobStore store = BlobStore.open(Path.of(args[0]));
        for (int b = 0; b < BLOBS; b++) {
            contents.add(contents(seed, b));
            blobs.add(store.create(contents.get(b).info()));
            if (b % 2 == 0) {
                blobs.get(b).learn(0, contents.get(b).hashes());
            }
            for (int c = 0; c < CHUNKS; c++) {
                order.add(new int[] {b, c});
            }
        }
        Collections.shuffle(order, new Random(Integer.parseInt(args[2])));
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            List<int[]> share = order.subList(t * order.size() / THREADS, (t + 1) * order.size() / THREADS);
            threads.add(Thread.ofPlatform().start(() -> writeAll(share, contents, blobs)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        // The parent kills this process, or closes its end of standard input.
        while (System.in.read() >= 0) {
            continue;
        }
    }

    private static void writeAll(List<int[]> share, List<Contents> contents, List<StoredBlob> blobs) {
        for (int[] at : share) {
            try {
                if (at[0] % 2 == 0) {
                    blobs.get(at[0]).write(at[1], contents.get(at[0]).buffer(at[1]));
                } else {
                    blobs.get(at[0]).ingest(at[1], contents.get(at[0]).buffer(at[1]));
                }
            } catch (WrongChunkException | StoreException e) {
                throw new IllegalStateException("chunk " + at[1] + " of blob " + at[0], e);
            }
            System.out.println("wrote " + at[0] + " " + at[1] + ";");
        }
    }
}
