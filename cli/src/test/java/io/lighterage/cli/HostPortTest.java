package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @Test
    void readsNamesAndAddressesOfBothFamilies() {
        assertThat(HostPort.parse("node-7.rack:8103")).isEqualTo(new HostPort("node-7.rack", 8103));
        assertThat(HostPort.parse("0.0.0.0:0")).isEqualTo(new HostPort("0.0.0.0", 0));
        assertThat(HostPort.parse("[fe80::1%eth0]:8102")).isEqualTo(new HostPort("fe80::1%eth0", 8102));
    }

    @Property
    void whatItWritesItReads(@ForAll @IntRange(max = 65_535) int port) {
        for (String host : new String[] {"localhost", "10.1.2.3", "2001:db8::7"}) {
            HostPort address = new HostPort(host, port);
            assertThat(HostPort.parse(address.toString())).isEqualTo(address);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                ":80",
                "host:",
                "host:x",
                "::1:80",
                "[::1]",
                "a b:1",
                "host:65536",
                "host:123456",
                "http://a:1"
            })
    void refusesAnythingElse(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> HostPort.parse(text));
    }
}
