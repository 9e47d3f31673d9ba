package io.lighterage.supernode.torrent;

import bt.data.Storage;
import bt.data.StorageUnit;
import bt.metainfo.Torrent;
import bt.metainfo.TorrentFile;
import bt.net.buffer.ByteBufferView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The files of a torrent that is fetched, below a directory. A torrent of several files gets a directory of its own
 * there. Every path was checked by {@link Metainfo} before. Files appear when their first bytes come.
 */
final class DirectoryStorage implements Storage {
    private final Path directory;

    DirectoryStorage(Path directory) {
        this.directory = directory;
    }

    /** Where a file of {@code metainfo} lies. */
    static Path path(Path directory, Metainfo metainfo, Metainfo.File file) {
        boolean single = metainfo.files().size() == 1 && file.path().equals(List.of(metainfo.name()));
        Path path = single ? directory : directory.resolve(metainfo.name());
        for (String part : file.path()) {
            path = path.resolve(part);
        }
        return path;
    }

    @Override
    public StorageUnit getUnit(Torrent torrent, TorrentFile file) {
        try {
            Metainfo metainfo = Metainfo.parse(torrent.getSource().getExchangedMetadata());
            List<String> wanted = file.getPathElements();
            Metainfo.File known = metainfo.files().stream()
                    .filter(each -> each.path().equals(wanted) && each.length() == file.getSize())
                    .findFirst()
                    .orElseThrow(() -> new MalformedException("it has no file " + wanted));
            return new Unit(path(directory, metainfo, known), known.length());
        } catch (MalformedException e) {
            throw new UncheckedIOException("the torrent cannot be written", e);
        }
    }

    @Override
    public void flush() {
        // Files are written as blocks come; what they hold is verified when it is read again.
    }

    /** One file. Its channel is opened once; guarded by this. */
    private static final class Unit implements StorageUnit {
        private final Path path;
        private final long length;
        private FileChannel channel;

        Unit(Path path, long length) {
            this.path = path;
            this.length = length;
        }

        private synchronized FileChannel channel() throws IOException {
            if (channel == null) {
                Files.createDirectories(path.getParent());
                channel = FileChannel.open(
                        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                if (channel.size() > length) {
                    channel.truncate(length);
                }
            }
            return channel;
        }

        @Override
        public int readBlock(ByteBuffer buffer, long offset) {
            try {
                return channel().read(buffer, offset);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + path, e);
            }
        }

        @Override
        public int writeBlock(ByteBuffer buffer, long offset) {
            if (buffer.remaining() > length - offset) {
                throw new IllegalArgumentException(
                        path + " has " + length + " bytes, not " + (offset + buffer.remaining()));
            }
            try {
                return channel().write(buffer, offset);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + path, e);
            }
        }

        @Override
        public int writeBlock(ByteBufferView view, long offset) {
            if (view.remaining() > length - offset) {
                throw new IllegalArgumentException(
                        path + " has " + length + " bytes, not " + (offset + view.remaining()));
            }
            try {
                return view.transferTo(channel(), offset);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + path, e);
            }
        }

        @Override
        public long capacity() {
            return length;
        }

        @Override
        public long size() {
            try {
                return Files.exists(path) ? Files.size(path) : 0;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + path, e);
            }
        }

        @Override
        public synchronized void close() throws IOException {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        }
    }
}
