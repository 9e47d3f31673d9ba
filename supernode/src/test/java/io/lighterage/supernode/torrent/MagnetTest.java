package io.lighterage.supernode.torrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MagnetTest {
    private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void aLinkIsReadAsItWasWritten() throws MalformedException {
        Magnet magnet = new Magnet(
                Magnet.parse("magnet:?xt=urn:btih:" + HASH).infoHash(),
                "debian 12 & more",
                List.of("http://10.0.0.1:8100/torrents/announce"));
        assertThat(Magnet.parse(magnet.toString())).isEqualTo(magnet);
        assertThat(magnet.infoHash()).hasToString(HASH);
    }

    @Test
    void base32NamesTheSameTorrentAsHexadecimal() throws MalformedException {
        String base32 = "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH";
        assertThat(Magnet.parse("magnet:?xt=urn:btih:" + base32).infoHash()).hasToString(HASH);
        assertThat(Magnet.parse("magnet:?xt=urn:btih:" + base32.toLowerCase()).infoHash()).hasToString(HASH);
    }

    @Test
    void whatIsNotNeededIsPassedOver() throws MalformedException {
        Magnet magnet =
                Magnet.parse("magnet:?ws=x&xl=5&xt=urn:btmh:1220ff&xt=urn:btih:" + HASH + "&so=0&x.pe=10.0.0.1:1");
        assertThat(magnet).isEqualTo(new Magnet(magnet.infoHash(), "", List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http://example.com",
                "magnet:?",
                "magnet:?dn=x",
                "magnet:?xt=urn:btih:",
                "magnet:?xt=urn:btih:xyz",
                "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef0123456z",
                "magnet:?xt=urn:btih:" + HASH + "&dn=%zz",
                "magnet:?xt=urn:btih:" + HASH + "&tr=nowhere",
                "magnet:?xt=urn:btih:" + HASH + "&tr=http://a b"
            })
    void whatIsNoLinkIsRefused(String text) {
        assertThatThrownBy(() -> Magnet.parse(text)).isInstanceOf(MalformedException.class);
    }
}
