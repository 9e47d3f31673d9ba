package io.lighterage.peer.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ReferencePropertiesTest {
    private static final Digest DIGEST = Digest.of(new byte[] {1});

    @Provide
    Arbitrary<Repository> repositories() {
        Arbitrary<String> registries = Arbitraries.of(
                "docker.io", "localhost", "localhost:5000", "ghcr.io", "Host.example:65535", "10.0.0.9:5000",
                "[::1]:5000", "[fe80::1]");
        Arbitrary<String> word = Arbitraries.strings().withCharRange('a', 'z').numeric().ofMinLength(1).ofMaxLength(8);
        Arbitrary<String> part = Combinators.combine(word, Arbitraries.of("", ".", "_", "__", "-", "---"), word)
                .as((first, separator, second) -> first + separator + second);
        Arbitrary<String> names = part.list().ofMinSize(2).ofMaxSize(5).map(parts -> String.join("/", parts));
        return Combinators.combine(registries, names).as(Repository::new);
    }

    @Provide
    Arbitrary<Optional<String>> tags() {
        Arbitrary<String> first = Arbitraries.strings().alpha().numeric().withChars('_').ofLength(1);
        Arbitrary<String> rest = Arbitraries.strings().alpha().numeric().withChars("_.-").ofMaxLength(127);
        return Combinators.combine(first, rest).as((a, b) -> a + b).optional();
    }

    @Property
    void whatIsPrintedIsReadBack(
            @ForAll("repositories") Repository repository,
            @ForAll("tags") Optional<String> tag,
            @ForAll boolean withDigest) {
        Optional<Digest> digest = withDigest ? Optional.of(DIGEST) : Optional.empty();
        Optional<String> known = tag.isEmpty() && digest.isEmpty() ? Optional.of("latest") : tag;
        ImageReference reference = new ImageReference(repository, known, digest);

        assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
        assertThat(reference.manifest()).isEqualTo(withDigest ? DIGEST.toString() : known.orElseThrow());
    }

    @Property
    void anyTextIsReadOrRefusedWithItsReason(@ForAll String text) {
        try {
            ImageReference reference = ImageReference.parse(text);
            assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
        } catch (InvalidReferenceException e) {
            assertThat(e).hasMessageNotContaining("\n").message().isNotEmpty();
        }
    }

    @Property
    void textsOfTheSignsOfReferencesAreReadOrRefused(@ForAll("nearly") String text) {
        anyTextIsReadOrRefusedWithItsReason(text);
    }

    @Provide
    Arbitrary<String> nearly() {
        return Arbitraries.strings().withChars("aZ0/:@.-_[]").ofMaxLength(24);
    }

    @Example
    void shortNamesAreCompletedAsDockerDoes() {
        assertThat(ImageReference.parse("debian")).hasToString("docker.io/library/debian:latest");
        assertThat(ImageReference.parse("index.docker.io/debian:12")).hasToString("docker.io/library/debian:12");
        assertThat(ImageReference.parse("team/app")).hasToString("docker.io/team/app:latest");
        assertThat(ImageReference.parse("localhost/app@" + DIGEST)).hasToString("localhost/app@" + DIGEST);
    }

    @Example
    void namesAndTagsAtTheirLimitsAreTaken() {
        String name = "a".repeat(255);
        String tag = "t".repeat(128);
        assertThat(ImageReference.parse("ghcr.io/" + name + ":" + tag))
                .isEqualTo(new ImageReference(new Repository("ghcr.io", name), Optional.of(tag), Optional.empty()));
        // The length of the pattern's input must not cost stack or time.
        assertThat(new Repository("ghcr.io", "a/".repeat(127) + "a").name()).hasSize(255);
    }

    @Example
    void namesAndTagsBeyondTheirLimitsAreRefused() {
        refused("ghcr.io/" + "a".repeat(256));
        refused("ghcr.io/a:" + "t".repeat(129));
        refused("a".repeat(1025));
        refused("a".repeat(256) + ".io/a");
        refused("localhost:123456/a");
    }

    @Example
    void whatTheSpecificationForbidsIsRefused() {
        for (String text : new String[] {
            "", "/", "a/", "/a", "a//b", "A/b", "a/B", "a:", "a:.t", "a@", "a@sha256:12", "a..b", "a___b", "-a", "a-",
            "ghcr.io/", "http://ghcr.io/a", "ghcr.io:/a", "a b", "a\nb", "../a", "a:t:t", "a@" + DIGEST + "x"
        }) {
            refused(text);
        }
        // Without a slash it is the name of a repository.
        assertThat(ImageReference.parse("ghcr.io")).hasToString("docker.io/library/ghcr.io:latest");
    }

    private static void refused(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text)).as(text).isInstanceOf(InvalidReferenceException.class);
    }
}
