package io.lighterage.blockdev.image;

/** A file's type: in a directory entry ({@code FT_*} of Linux) and in the mode ({@code S_IFMT}). */
enum FileType {
    REGULAR(1, 0100000),
    DIRECTORY(2, 0040000),
    CHARACTER_DEVICE(3, 0020000),
    BLOCK_DEVICE(4, 0060000),
    FIFO(5, 0010000),
    SYMLINK(7, 0120000);

    final int code;
    final int mode;

    FileType(int code, int mode) {
        this.code = code;
        this.mode = mode;
    }

    static FileType of(Inode.Content content) {
        return switch (content) {
            case Inode.Data data -> REGULAR;
            case Inode.Inline inline -> REGULAR;
            case Inode.Directory directory -> DIRECTORY;
            case Inode.Symlink symlink -> SYMLINK;
            case Inode.Device device -> device.block() ? BLOCK_DEVICE : CHARACTER_DEVICE;
            case Inode.Fifo fifo -> FIFO;
        };
    }
}
