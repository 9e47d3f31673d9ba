package io.lighterage.bench.masspull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Describes an image's blobs as a torrent of several files, by BEP 3. */
final class Torrent {
    /** Directory of the files, which are named {@code blob-0}, {@code blob-1} and so on. */
    static final String NAME = "image";

    private static final int PIECE = 256 << 10;

    private Torrent() {}

    /** The name of the blob with this index. */
    static String file(int index) {
        return "blob-" + index;
    }

    /** The torrent's bytes. */
    static byte[] of(PulledImage image, String announce) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        text(out, "d8:announce" + announce.length() + ":" + announce + "4:infod5:filesl");
        for (int i = 0; i < image.blobs().size(); i++) {
            String name = file(i);
            text(out, "d6:lengthi" + image.blobs().get(i).length() + "e4:pathl" + name.length() + ":" + name + "ee");
        }
        byte[] pieces = pieces(image);
        text(out, "e4:name" + NAME.length() + ":" + NAME + "12:piece lengthi" + PIECE + "e6:pieces" + pieces.length
                + ":");
        out.write(pieces);
        text(out, "ee");
        return out.toByteArray();
    }

    private static byte[] pieces(PulledImage image) throws IOException {
        List<InputStream> files = new ArrayList<>();
        for (PulledImage.Content blob : image.blobs()) {
            files.add(Files.newInputStream(blob.file()));
        }
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        try (InputStream all = new SequenceInputStream(Collections.enumeration(files))) {
            for (byte[] piece = all.readNBytes(PIECE); piece.length > 0; piece = all.readNBytes(PIECE)) {
                pieces.write(MessageDigest.getInstance("SHA-1").digest(piece));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
        return pieces.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
