package io.lighterage.supernode.torrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class BencodedTest {
    @Provide
    Arbitrary<Bencoded> values() {
        Arbitrary<Bencoded> numbers = Arbitraries.longs().map(Bencoded.Number::new);
        Arbitrary<Bencoded> strings = Arbitraries.bytes().array(byte[].class).ofMaxSize(20).map(Bencoded.Bytes::new);
        return Arbitraries.recursive(
                () -> Arbitraries.oneOf(numbers, strings),
                inner -> Arbitraries.oneOf(
                        inner.list().ofMaxSize(3).map(Bencoded.Sequence::new),
                        Arbitraries.maps(Arbitraries.strings().ascii().ofMaxLength(5), inner).ofMaxSize(3).map(map -> {
                            Bencoded.Dictionary dictionary = new Bencoded.Dictionary();
                            map.forEach(dictionary::with);
                            return dictionary;
                        })),
                0,
                4);
    }

    @Property(tries = 300)
    void whatIsWrittenIsReadBack(@ForAll("values") Bencoded value) throws MalformedException {
        byte[] written = value.encode();
        BencodeReader reader = new BencodeReader(written, 0);
        assertThat(reader.value().encode()).isEqualTo(written);
        assertThat(reader.position()).isEqualTo(written.length);
    }

    @Property(tries = 1000)
    void anyBytesAreADictionaryOrRefused(@ForAll byte[] bytes) {
        try {
            assertThat(Bencoded.parseDictionary(bytes)).isNotNull();
        } catch (MalformedException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }

    @Example
    void malformedValuesAreRefusedWithTheirPlace() {
        for (String text : List.of(
                "", "d", "de5", "i5e", "di5ee", "d1:a", "d1:ai5", "d1:a9:xe", "d1:a-1:xe",
                "d1:a99999999999999999999:xe",
                "d1:ai99999999999999999999ee", "d1:aie", "d1:ai1e1:ai2ee",
                "d1:a" + "l".repeat(100) + "e".repeat(100) + "e")) {
            assertThatThrownBy(() -> Bencoded.parseDictionary(text.getBytes(StandardCharsets.US_ASCII)))
                    .as(text)
                    .isInstanceOf(MalformedException.class);
        }
    }
}
