package io.lighterage.blockdev.image;

/** How a blob is compressed. */
enum Compression {
    GZIP,
    ZSTD,
    NONE;

    /** Bytes that tell. */
    static final int MAGIC = 4;

    static Compression of(byte[] magic) {
        if (magic.length < MAGIC) {
            return NONE;
        }
        int word = magic[0] & 0xff | (magic[1] & 0xff) << 8 | (magic[2] & 0xff) << 16 | (magic[3] & 0xff) << 24;
        // RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2 (skippable frames).
        if ((word & 0xffff) == 0x8b1f) {
            return GZIP;
        }
        return word == 0xFD2FB528 || (word & 0xfffffff0) == 0x184D2A50 ? ZSTD : NONE;
    }

    /** What the types of OCI image layers and of Docker's say. */
    static Compression ofMediaType(String type) throws TarException {
        return switch (type) {
            case "application/vnd.oci.image.layer.v1.tar+gzip",
                    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                    "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" -> GZIP;
            case "application/vnd.oci.image.layer.v1.tar+zstd",
                    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
                    "application/vnd.docker.image.rootfs.diff.tar.zstd" -> ZSTD;
            case "application/vnd.oci.image.layer.v1.tar",
                    "application/vnd.oci.image.layer.nondistributable.v1.tar",
                    "application/vnd.docker.image.rootfs.diff.tar",
                    "application/vnd.docker.image.rootfs.foreign.diff.tar" -> NONE;
            default -> throw new TarException("media type " + type + " is not one of an image layer");
        };
    }

    @Override
    public String toString() {
        return switch (this) {
            case GZIP -> "gzip";
            case ZSTD -> "zstd";
            case NONE -> "not compressed";
        };
    }
}
