package io.lighterage.peer.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.ChunkSet;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
    private static final int ROUNDS = 6;

    @TempDir
    private Path directory;

    @Test
    void whatWasWrittenBeforeAKillIsPresentAfterItAndRight() throws Exception {
        Random random = new Random(7);
        List<ChunkSet> written = new ArrayList<>();
        List<Contents> contents = new ArrayList<>();
        for (int b = 0; b < WritingChild.BLOBS; b++) {
            written.add(new ChunkSet(WritingChild.CHUNKS));
            contents.add(WritingChild.contents(5, b));
        }
        for (int round = 0; round < ROUNDS; round++) {
            // Of all chunks, a random number is waited for; the writes that are printed after the kill count too.
            killAfter(1 + random.nextInt(WritingChild.BLOBS * WritingChild.CHUNKS - 1), round, written);
            try (BlobStore store = BlobStore.open(directory)) {
                for (int b = 0; b < contents.size(); b++) {
                    StoredBlob blob = store.find(contents.get(b).digest()).orElseThrow();
                    ChunkSet present = blob.present();
                    assertThat(missing(written.get(b), present)).isEmpty();
                    for (int c = present.nextPresent(0); c >= 0; c = present.nextPresent(c + 1)) {
                        assertThat(Contents.readChunk(blob, c)).isEqualTo(contents.get(b).chunk(c));
                    }
                    if (round % 2 == 1) {
                        store.delete(contents.get(b).digest());
                        written.set(b, new ChunkSet(WritingChild.CHUNKS));
                    }
                }
            }
        }
    }

    private static List<Integer> missing(ChunkSet wanted, ChunkSet present) {
        List<Integer> missing = new ArrayList<>();
        wanted.forEach(index -> {
            if (!present.contains(index)) {
                missing.add(index);
            }
        });
        return missing;
    }

    private void killAfter(int lines, int round, List<ChunkSet> written) throws Exception {
        Process child = WritingChild.start(directory, 5, round);
        try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
            int seen = 0;
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                // The last line may be torn.
                if (line.matches("wrote \\d \\d+;")) {
                    String[] words = line.replace(";", "").split(" ");
                    written.get(Integer.parseInt(words[1])).add(Integer.parseInt(words[2]));
                }
                if (++seen == lines) {
                    child.toHandle().destroyForcibly();
                }
            }
            assertThat(seen).isGreaterThanOrEqualTo(lines);
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
