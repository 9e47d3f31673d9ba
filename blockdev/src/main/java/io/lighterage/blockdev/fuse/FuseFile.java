package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.CompletableFuture;

/**
 * A file: its name and length, and its device once it is known. Its node id is made of its name, so it is the same for
 * every server; the kernel goes on using it after a restart.
 */
final class FuseFile {
    private final String name;
    private final long length;
    private final String note;
    private final CompletableFuture<BlockDevice> device = new CompletableFuture<>();
    /** The reads that use the device now. */
    private final UseCount uses = new UseCount();

    FuseFile(String name, long length, String note) {
        this.name = name;
        this.length = length;
        this.note = note;
    }

    String name() {
        return name;
    }

    long length() {
        return length;
    }

    String note() {
        return note;
    }

    long nodeId() {
        return nodeId(name);
    }

    CompletableFuture<BlockDevice> device() {
        return device;
    }

    UseCount uses() {
        return uses;
    }

    /** 62 bits of the name's hash, and a bit above them that keeps them away from the root's id. */
    static long nodeId(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong() & (1L << 62) - 1 | 1L << 62;
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
