package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK;

import io.lighterage.blockdev.image.ErofsLayout.InodeHead;
import io.lighterage.blockdev.image.ErofsLayout.SuperBlock;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * An image's file system, all places decided: sizes are known and the metadata can be written, any number of times,
 * always the same bytes. It reads the tree it was planned from, which must not change. Safe for use by several threads.
 *
 * <pre>
 * | superblock, device table | inodes | blocks of directories and large inline content | data blob 0 | data blob 1 ...
 * |<------------------------------ metadata --------------------------------------->|
 * </pre>
 */
public final class ErofsImage {
    private final TreeWalk walk;
    private final List<DataBlob> data;
    private final List<PlannedInode> byPosition;
    private final Superblock superblock;
    private final long firstInodeBlock;
    private final long firstContentBlock;
    private final long[] dataBlocks;
    private final byte[] uuid;

    ErofsImage(TreeWalk walk, List<DataBlob> data, InodePlanner planner, Mtime buildTime) throws ErofsLimitException {
        this.walk = walk;
        this.data = List.copyOf(data);
        this.firstInodeBlock = Superblock.blocks(data.size());
        this.firstContentBlock = firstInodeBlock + planner.inodeBlocks();
        this.byPosition = walk.inodes().stream().sorted(Comparator.comparingLong(planned -> planned.position)).toList();
        this.dataBlocks = new long[data.size() + 1];
        dataBlocks[0] = firstContentBlock + planner.contentBlocks();
        for (int i = 0; i < data.size(); i++) {
            dataBlocks[i + 1] = dataBlocks[i] + ErofsLayout.blocks(data.get(i).length());
        }
        long deviceBlocks = dataBlocks[data.size()];
        if (deviceBlocks >= ErofsLayout.NULL_ADDR) {
            throw new ErofsLimitException("the image would need a device of " + deviceBlocks + " blocks of " + BLOCK
                    + " bytes (EROFS has " + (ErofsLayout.NULL_ADDR - 1) + ", nearly 16 TiB)");
        }
        this.superblock =
                new Superblock(walk.inodes().size(), buildTime, dataBlocks[0], deviceBlocks, planner.chunked());
        this.uuid = contentUuid();
    }

    /** Length of the metadata in bytes, a multiple of 4096. */
    public long metadataLength() {
        return dataBlocks[0] * BLOCK;
    }

    /** Length of the whole device in bytes: metadata and all data blobs. */
    public long deviceLength() {
        return dataBlocks[data.size()] * BLOCK;
    }

    /** Where data blob {@code index} begins on the device, in bytes. */
    public long dataOffset(int index) {
        return dataBlocks[index] * BLOCK;
    }

    /** The data blobs, in the order in which they follow the metadata. */
    public List<DataBlob> data() {
        return data;
    }

    /** How many inodes there are. */
    public int inodes() {
        return walk.inodes().size();
    }

    /**
     * Writes the metadata, {@link #metadataLength()} bytes, and flushes. Needs a fixed amount of memory, besides the
     * largest file's block map and attributes.
     */
    public void writeTo(OutputStream out) throws IOException {
        write(new MetadataOutput(out), uuid);
    }

    private void write(MetadataOutput out, byte[] uuid) throws IOException {
        out.write(superblock.encode(data, uuid));
        for (PlannedInode planned : byPosition) {
            out.padTo(firstInodeBlock * BLOCK + planned.position);
            writeInode(out, planned);
        }
        for (PlannedInode planned : walk.inodes()) {
            if (planned.blocks > 0) {
                out.padTo((firstContentBlock + planned.firstBlock) * BLOCK);
                writeContent(out, planned, 0, planned.size - planned.trailerBytes);
            }
        }
        out.padTo(metadataLength());
        out.flush();
    }

    private void writeInode(MetadataOutput out, PlannedInode planned) throws IOException {
        out.write(InodeEncoder.head(planned, firstBlock(planned)));
        if (planned.xattrBytes > 0) {
            out.write(XattrPacker.pack(planned));
        }
        if (planned.layout == InodeHead.FLAT_INLINE) {
            writeContent(out, planned, planned.size - planned.trailerBytes, planned.size);
        } else if (planned.layout == InodeHead.CHUNK_BASED) {
            Inode.Data content = (Inode.Data) planned.inode.content();
            out.write(ChunkMap.pack(planned, content, dataBlocks[content.layer()]));
        }
    }

    private long firstBlock(PlannedInode planned) {
        if (planned.inode.content() instanceof Inode.Data content) {
            return planned.layout == InodeHead.FLAT_PLAIN
                    ? dataBlocks[content.layer()] + content.runs().getFirst().blobOffset() / BLOCK
                    : 0;
        }
        return planned.blocks > 0 ? firstContentBlock + planned.firstBlock : 0;
    }

    /** Writes what of the content lies between two offsets, both at block borders or the content's end. */
    private void writeContent(MetadataOutput out, PlannedInode planned, long from, long to) throws IOException {
        switch (planned.inode.content()) {
            case Inode.Directory directory -> {
                long[] offset = {0};
                new DirectoryPacker(walk).pack(planned, this::nid, block -> {
                    if (offset[0] >= from && offset[0] < to) {
                        out.write(block);
                    }
                    offset[0] += block.limit();
                });
            }
            case Inode.Inline inline -> out.write(inline.bytes(), (int) from, (int) (to - from));
            case Inode.Symlink symlink -> out.write(
                    symlink.target().getBytes(StandardCharsets.ISO_8859_1), (int) from, (int) (to - from));
            case Inode.Data data -> throw noContent(planned);
            case Inode.Device device -> throw noContent(planned);
            case Inode.Fifo fifo -> throw noContent(planned);
        }
    }

    private static IllegalStateException noContent(PlannedInode planned) {
        return new IllegalStateException(planned.path() + " has no content in the metadata");
    }

    private long nid(PlannedInode planned) {
        return Superblock.ROOT_NID + planned.position / InodeHead.SLOT;
    }

    /** A UUID of version 8 (RFC 9562) out of the metadata's bytes: distinct images do not share one. */
    private byte[] contentUuid() {
        MessageDigest sha256 = Digest.sha256();
        OutputStream digesting = new DigestOutputStream(OutputStream.nullOutputStream(), sha256);
        try {
            write(new MetadataOutput(digesting), new byte[SuperBlock.UUID_SIZE]);
        } catch (IOException e) {
            throw new UncheckedIOException("a stream to nowhere failed", e);
        }
        byte[] made = Arrays.copyOf(sha256.digest(), SuperBlock.UUID_SIZE);
        made[6] = (byte) (made[6] & 0x0F | 0x80);
        made[8] = (byte) (made[8] & 0x3F | 0x80);
        return made;
    }
}
