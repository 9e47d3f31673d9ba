package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The info dictionary of a torrent, by BEP 3.
 *
 * @param name of its one file, or of the directory of its files
 * @param pieceLength bytes in a piece, but in the last
 * @param pieces the SHA-1 of each piece, 20 bytes each
 * @param files in order; one file with a path of one part, its name, makes a torrent of a single file
 * @param encoded the dictionary as it was written, whose SHA-1 is the info-hash
 */
record Metainfo(String name, long pieceLength, byte[] pieces, List<File> files, byte[] encoded) {
    private static final long LONGEST_PIECE = 64L << 20;
    private static final int MOST_FILES = 100_000;
    private static final int LONGEST_NAME = 255;

    Metainfo {
        files = List.copyOf(files);
    }

    /**
     * A file of a torrent.
     *
     * @param path the parts of its path below the torrent's name
     */
    record File(List<String> path, long length) {
        File {
            path = List.copyOf(path);
        }
    }

    /** A torrent of one file. */
    static Metainfo single(String name, long length, long pieceLength, byte[] pieces) {
        byte[] encoded = common(name, pieceLength, pieces).with("length", length).encode();
        return new Metainfo(name, pieceLength, pieces, List.of(new File(List.of(name), length)), encoded);
    }

    /** A torrent of a directory. */
    static Metainfo directory(String name, List<File> files, long pieceLength, byte[] pieces) {
        List<Bencoded> listed = new ArrayList<>();
        for (File file : files) {
            List<Bencoded> path = file.path().stream().<Bencoded>map(Bencoded::text).toList();
            listed.add(new Bencoded.Dictionary()
                    .with("length", file.length())
                    .with("path", new Bencoded.Sequence(path)));
        }
        byte[] encoded = common(name, pieceLength, pieces).with("files", new Bencoded.Sequence(listed)).encode();
        return new Metainfo(name, pieceLength, pieces, files, encoded);
    }

    private static Bencoded.Dictionary common(String name, long pieceLength, byte[] pieces) {
        return new Bencoded.Dictionary().with("name", name).with("piece length", pieceLength).with("pieces", pieces);
    }

    InfoHash infoHash() {
        return InfoHash.of(encoded);
    }

    long length() {
        return files.stream().mapToLong(File::length).sum();
    }

    int pieceCount() {
        return pieces.length / InfoHash.BYTES;
    }

    /** Number of bytes in piece {@code index}. */
    long lengthOf(int index) {
        return Math.min(pieceLength, length() - index * pieceLength);
    }

    /** The bytes of a {@code .torrent} whose clients ask the tracker at {@code announce}. */
    byte[] torrent(String announce) {
        byte[] head = ("d8:announce" + announce.getBytes(StandardCharsets.UTF_8).length + ":" + announce + "4:info")
                .getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + encoded.length + 1];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(encoded, 0, all, head.length, encoded.length);
        all[all.length - 1] = 'e';
        return all;
    }

    /**
     * Reads an info dictionary.
     *
     * @throws MalformedException if it is not one, or names files that may not be written
     */
    static Metainfo parse(byte[] encoded) throws MalformedException {
        Bencoded.Dictionary info = Bencoded.parseDictionary(encoded);
        String name = part(required(info, "name").text());
        long pieceLength = info.number("piece length").orElse(0L);
        byte[] pieces = required(info, "pieces").value();
        List<File> files = info.sequence("files").isPresent()
                ? files(info.sequence("files").get())
                : List.of(new File(List.of(name), length(info)));
        Metainfo metainfo = new Metainfo(name, pieceLength, pieces, files, encoded);
        if (pieceLength < 1 || pieceLength > LONGEST_PIECE) {
            throw new MalformedException("pieces cannot have " + pieceLength + " bytes");
        }
        long count = (total(files) + pieceLength - 1) / pieceLength;
        if (count == 0 || pieces.length != count * InfoHash.BYTES) {
            throw new MalformedException(count + " pieces cannot have " + pieces.length + " bytes of hashes");
        }
        return metainfo;
    }

    /** Reads a whole {@code .torrent} and answers its info dictionary. */
    static Metainfo parseTorrent(byte[] torrent) throws MalformedException {
        Bencoded.Dictionary all = Bencoded.parseDictionary(torrent);
        if (!Arrays.equals(all.encode(), torrent)) {
            // Its info-hash would be another than that which others make of the same bytes.
            throw new MalformedException("its dictionaries are not in order");
        }
        return parse(all.dictionary("info")
                .orElseThrow(() -> new MalformedException("it has no info dictionary"))
                .encode());
    }

    private static List<File> files(Bencoded.Sequence listed) throws MalformedException {
        if (listed.values().size() > MOST_FILES) {
            throw new MalformedException("it has more than " + MOST_FILES + " files");
        }
        List<File> files = new ArrayList<>();
        Set<List<String>> known = new HashSet<>();
        for (Bencoded each : listed.values()) {
            if (!(each instanceof Bencoded.Dictionary file)) {
                throw new MalformedException("a file is not a dictionary");
            }
            List<String> path = new ArrayList<>();
            for (Bencoded one : file.sequence("path").orElse(new Bencoded.Sequence(List.of())).values()) {
                path.add(part(one instanceof Bencoded.Bytes text ? text.text() : ""));
            }
            if (path.isEmpty() || !known.add(path)) {
                throw new MalformedException("a file has no path, or two have the same");
            }
            files.add(new File(path, length(file)));
        }
        return files;
    }

    private static long total(List<File> files) throws MalformedException {
        try {
            return files.stream().mapToLong(File::length).reduce(0, Math::addExact);
        } catch (ArithmeticException e) {
            throw new MalformedException("its files are longer than any disk");
        }
    }

    private static long length(Bencoded.Dictionary file) throws MalformedException {
        return file.number("length")
                .filter(length -> length >= 0)
                .orElseThrow(() -> new MalformedException("a file has no length"));
    }

    private static Bencoded.Bytes required(Bencoded.Dictionary info, String key) throws MalformedException {
        return info.bytes(key).orElseThrow(() -> new MalformedException("its info dictionary has no " + key));
    }

    /** One part of a path, which must be a name that stays where it is put. */
    private static String part(String name) throws MalformedException {
        boolean leads = name.equals(".") || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf('\\') >= 0;
        boolean odd = name.isEmpty() || name.chars().anyMatch(Character::isISOControl);
        if (leads || odd || name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw new MalformedException("a file cannot be named " + Quoted.of(name));
        }
        return name;
    }
}
