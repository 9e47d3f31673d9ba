package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A torrent that the lane gives out. Kept in the store as a bencoded dictionary: {@code info} (the info dictionary),
 * {@code registry} and {@code repository}, and {@code parts}: for each file its blob's digest and length, or its bytes.
 *
 * @param metainfo what clients get
 * @param repository by whose publicity it may be given out
 * @param parts where the bytes of each file of {@code metainfo} are
 */
record Offer(Metainfo metainfo, Repository repository, List<Part> parts) {
    Offer {
        parts = List.copyOf(parts);
        if (parts.size() != metainfo.files().size()) {
            throw new IllegalArgumentException(
                    metainfo.files().size() + " files cannot have " + parts.size() + " parts");
        }
    }

    byte[] encode() {
        List<Bencoded> written = new ArrayList<>();
        for (Part part : parts) {
            written.add(switch (part) {
                case Part.Blob blob -> new Bencoded.Dictionary()
                        .with("blob", blob.digest().toString())
                        .with("length", blob.length());
                case Part.Inline inline -> new Bencoded.Dictionary().with("bytes", inline.bytes());
            });
        }
        return new Bencoded.Dictionary()
                .with("info", metainfo.encoded())
                .with("registry", repository.registry())
                .with("repository", repository.name())
                .with("parts", new Bencoded.Sequence(written))
                .encode();
    }

    static Offer decode(byte[] bytes) throws MalformedException {
        Bencoded.Dictionary all = Bencoded.parseDictionary(bytes);
        try {
            List<Part> parts = new ArrayList<>();
            for (Bencoded each : all.sequence("parts").orElseThrow().values()) {
                Bencoded.Dictionary part = (Bencoded.Dictionary) each;
                parts.add(part.bytes("bytes").isPresent()
                        ? new Part.Inline(part.bytes("bytes").get().value())
                        : new Part.Blob(
                                Digest.parse(part.bytes("blob").orElseThrow().text()),
                                part.number("length").orElseThrow()));
            }
            Repository repository = new Repository(
                    all.bytes("registry").orElseThrow().text(), all.bytes("repository").orElseThrow().text());
            return new Offer(Metainfo.parse(all.bytes("info").orElseThrow().value()), repository, parts);
        } catch (NoSuchElementException | ClassCastException | InvalidDigestException | InvalidReferenceException e) {
            throw new MalformedException("a remembered torrent cannot be read: " + e.getMessage());
        }
    }
}
