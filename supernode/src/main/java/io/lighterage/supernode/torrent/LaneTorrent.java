package io.lighterage.supernode.torrent;

import java.util.List;

/** A torrent as clients get it. */
public final class LaneTorrent {
    private final Metainfo metainfo;

    LaneTorrent(Metainfo metainfo) {
        this.metainfo = metainfo;
    }

    /** How the downloaded file or directory is called. */
    public String name() {
        return metainfo.name();
    }

    /** The bytes of the {@code .torrent}; its clients ask the tracker at {@code announce}. */
    public byte[] file(String announce) {
        return metainfo.torrent(announce);
    }

    /** The magnet link. */
    public Magnet magnet(String announce) {
        return new Magnet(metainfo.infoHash(), metainfo.name(), List.of(announce));
    }
}
