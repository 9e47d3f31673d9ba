package io.lighterage.supernode.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ChallengePropertiesTest {
    @Property(tries = 300)
    void anyTextIsReadAsSomeChallengesOrNone(@ForAll String text) {
        assertThat(Challenge.parse(List.of(text))).allMatch(challenge -> !challenge.scheme().isEmpty());
    }
}
