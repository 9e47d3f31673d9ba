package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK;

import io.lighterage.blockdev.image.ErofsLayout.InodeHead;
import java.util.List;

/** Decides each inode's form, what of its content lies behind it, and where it goes. */
final class InodePlanner {
    private static final int LONGEST_SYMLINK = 4095;
    private static final int MOST_MAJOR = 0xFFF;
    private static final int MOST_MINOR = 0xF_FFFF;

    private final List<DataBlob> data;
    private final Mtime buildTime;
    private final InodeRooms rooms = new InodeRooms();
    private long contentBlocks;
    private long mapBytes;

    InodePlanner(List<DataBlob> data, Mtime buildTime) {
        this.data = data;
        this.buildTime = buildTime;
    }

    /** Blocks of the inode area. */
    long inodeBlocks() {
        return rooms.blocks();
    }

    /** Blocks of the block area. */
    long contentBlocks() {
        return contentBlocks;
    }

    /** Whether any file needs the feature {@code CHUNKED_FILE}. */
    boolean chunked() {
        return mapBytes > 0;
    }

    /** Plans the next inode of the walk. */
    void plan(PlannedInode planned) throws ErofsLimitException {
        planned.xattrBytes = XattrPacker.size(planned);
        planned.layout = InodeHead.FLAT_PLAIN;
        switch (planned.inode.content()) {
            case Inode.Data content -> planData(planned, content);
            case Inode.Inline content -> planned.size = content.bytes().length;
            case Inode.Symlink symlink -> planSymlink(planned, symlink);
            case Inode.Directory directory -> planned.size = DirectoryPacker.size(directory);
            case Inode.Device device -> checkDevice(planned, device);
            case Inode.Fifo fifo -> planned.size = 0;
        }
        planned.extended = needsExtended(planned);
        if (!(planned.inode.content() instanceof Inode.Data)) {
            packTail(planned);
        }
        planned.position = rooms.take(planned.bytes());
    }

    private void packTail(PlannedInode planned) {
        int tail = (int) (planned.size % BLOCK);
        if (tail > 0 && planned.bytes() + tail <= BLOCK) {
            planned.layout = InodeHead.FLAT_INLINE;
            planned.trailerBytes = tail;
        }
        planned.blocks = Math.toIntExact(ErofsLayout.blocks(planned.size - planned.trailerBytes));
        planned.firstBlock = contentBlocks;
        contentBlocks += planned.blocks;
    }

    private void planData(PlannedInode planned, Inode.Data content) throws ErofsLimitException {
        check(planned, content);
        planned.size = content.size();
        if (!ChunkMap.flat(content)) {
            planned.layout = InodeHead.CHUNK_BASED;
            planned.chunkBits = ChunkMap.bits(content);
            long bytes = ChunkMap.bytes(content, planned.chunkBits);
            if (bytes > ChunkMap.MOST_BYTES - mapBytes) {
                throw new ErofsLimitException(planned.path() + " is a sparse file of " + content.size()
                        + " bytes whose map would have " + bytes + " bytes (all maps of an image together at most "
                        + ChunkMap.MOST_BYTES + ")");
            }
            planned.trailerBytes = (int) bytes;
            mapBytes += bytes;
        }
    }

    private void check(PlannedInode planned, Inode.Data content) {
        boolean possible = content.size() > 0 && content.layer() >= 0 && content.layer() < data.size();
        long end = 0;
        for (Inode.Run run : content.runs()) {
            possible = possible
                    && run.fileOffset() >= end
                    && run.length() > 0
                    && run.length() <= content.size() - run.fileOffset()
                    && run.fileOffset() % BLOCK == 0
                    && run.blobOffset() % BLOCK == 0
                    && run.blobOffset() >= 0
                    && run.blobOffset() <= data.get(content.layer()).length() - run.length();
            end = run.fileOffset() + run.length();
        }
        if (!possible) {
            throw new IllegalArgumentException(planned.path() + " cannot lie in the image's data: " + content);
        }
    }

    private static void planSymlink(PlannedInode planned, Inode.Symlink symlink) throws ErofsLimitException {
        planned.size = symlink.target().length();
        if (planned.size == 0 || planned.size > LONGEST_SYMLINK) {
            throw new ErofsLimitException(planned.path() + " is a symbolic link to a path of " + planned.size
                    + " bytes (1 to " + LONGEST_SYMLINK + ")");
        }
    }

    private static void checkDevice(PlannedInode planned, Inode.Device device) throws ErofsLimitException {
        if (device.major() < 0 || device.major() > MOST_MAJOR || device.minor() < 0 || device.minor() > MOST_MINOR) {
            throw new ErofsLimitException(planned.path() + " is device " + device.major() + ":" + device.minor()
                    + " (at most " + MOST_MAJOR + ":" + MOST_MINOR + ")");
        }
    }

    private boolean needsExtended(PlannedInode planned) {
        Inode.Attributes attributes = planned.inode.attributes();
        return attributes.uid() > 0xFFFF
                || attributes.gid() > 0xFFFF
                || planned.size > 0xFFFF_FFFFL
                || planned.links > 0xFFFF
                || !Mtime.of(planned.inode).equals(buildTime);
    }
}
