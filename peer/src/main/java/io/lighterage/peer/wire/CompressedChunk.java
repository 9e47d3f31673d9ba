package io.lighterage.peer.wire;

import io.lighterage.peer.content.Digest;
import io.netty.buffer.ByteBuf;

/**
 * A chunk as it came, packed.
 *
 * @param plainLength bytes that {@code packed} must unpack to, 1 to the greatest chunk
 * @param packed one zstd frame; whoever takes this releases it
 */
record CompressedChunk(int request, Digest digest, int index, int plainLength, ByteBuf packed) {}
