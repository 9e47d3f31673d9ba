package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ErofsMemoryTest {
    private static final int DIRECTORIES = 3000;
    private static final int FILES = 100;

    @Test
    void threeHundredThousandInodesAndTheirTreeFitIntoTwoHundredMebibytes() throws IOException, InterruptedException {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-Xmx200m", "-XX:+UseSerialGC", "-cp", classes, Main.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output.trim()).isEqualTo(Integer.toString(1 + DIRECTORIES + DIRECTORIES * FILES));
    }

    /** Writes such an image in a JVM of its own. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws IOException {
            SortedMap<String, Inode> root = new TreeMap<>();
            for (int d = 0; d < DIRECTORIES; d++) {
                SortedMap<String, Inode> entries = new TreeMap<>();
                for (int f = 0; f < FILES; f++) {
                    Inode.Run run = new Inode.Run(0, 4096L * (d * FILES + f), 1000 + f);
                    Inode.Attributes own = new Inode.Attributes(0644, 1000, 1000, Images.TIME + d, f, new TreeMap<>());
                    entries.put("some-file-" + f, new Inode(own, new Inode.Data(run.length(), 0, List.of(run))));
                }
                root.put("directory-" + d, Images.directory(entries));
            }
            DataBlob blob = new DataBlob(Digest.of(new byte[0]), 4096L * DIRECTORIES * FILES);
            ErofsImage image = ErofsWriter.plan(Images.directory(root), List.of(blob));
            image.writeTo(OutputStream.nullOutputStream());
            System.out.println(image.inodes());
        }
    }
}
