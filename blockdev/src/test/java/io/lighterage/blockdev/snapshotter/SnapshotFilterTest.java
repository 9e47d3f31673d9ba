package io.lighterage.blockdev.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What containerd's documentation of the language says; that containerd agrees, is seen in the tests with it. */
class SnapshotFilterTest {
    private static final SnapshotInfo INFO = new SnapshotInfo(
            "default/7/sha256:ab",
            "default/6/sha256:aa",
            SnapshotInfo.Kind.COMMITTED,
            Instant.EPOCH,
            Instant.EPOCH,
            Map.of("containerd.io/snapshot.ref", "sha256:ab", "plain", "a,b \"c\""));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "kind==committed",
                "labels.\"containerd.io/snapshot.ref\"==sha256:ab,parent==\"default/6/sha256:aa\"",
                "name~=sha256",
                "name~=/7.sha/",
                "name~=|^default/|",
                "labels.plain",
                "labels.plain==\"a,b \\\"c\\\"\"",
                "labels.plain==\"\\x61,b \\u0022c\\042\"",
                "labels.missing!=x",
                " kind == committed , name != x "
            })
    void fits(String text) throws Exception {
        assertThat(SnapshotFilter.any(List.of(text)).test(INFO)).isTrue();
        assertThat(SnapshotFilter.any(List.of("kind==view", text)).test(INFO)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind==active", "labels.missing", "missing", "missing==x", "kind==committed,name==x"})
    void doesNotFit(String text) throws Exception {
        assertThat(SnapshotFilter.any(List.of(text)).test(INFO)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=", "kind=committed", "kind==", "kind==\"committed", "kind==committed,", ",", "name~=/[/", "name~=/a",
                "name==/a/", "labels.", "name==\"\\q\"", "name==\"\\u00\"", "name==\"\\U99999999\"", "kind==a b"
            })
    void isRefusedWithThePlaceOfTheMistake(String text) {
        assertThatThrownBy(() -> SnapshotFilter.any(List.of(text)))
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("parse error")
                .hasMessageEndingWith("invalid argument");
    }

    @Property(tries = 1000)
    void anyTextIsReadOrRefused(
            @ForAll @StringLength(max = 20) @CharRange(from = ' ', to = '~') String text) {
        try {
            SnapshotFilter.any(List.of(text)).test(INFO);
        } catch (SnapshotException e) {
            assertThat(e.kind()).isEqualTo(SnapshotException.Kind.INVALID_ARGUMENT);
        }
    }
}
