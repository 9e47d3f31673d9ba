package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompressionChoiceTest {
    private static final long SLOW = 1_000_000;
    private static final long LIMIT = 20_000_000;

    private final CompressionChoice choice = new CompressionChoice();

    private static Digest blob(int number) {
        return Digest.of(("blob " + number).getBytes(StandardCharsets.UTF_8));
    }

    private boolean isTried(Digest blob) {
        return choice.tryNext(blob, SLOW, LIMIT);
    }

    @Test
    void aBlobThatDoesNotPackIsTriedEverMoreRarely() {
        List<Integer> tried = new ArrayList<>();
        for (int chunk = 0; chunk < 40; chunk++) {
            if (isTried(blob(1))) {
                tried.add(chunk);
                choice.tried(blob(1), false);
            }
        }

        assertThat(tried).containsExactly(0, 2, 6, 14, 30);
    }

    @Test
    void oneChunkThatPacksHasTheNextOnesTriedAgain() {
        choice.tried(blob(1), false);
        choice.tried(blob(1), true);

        assertThat(isTried(blob(1))).isTrue();
        assertThat(isTried(blob(1))).isTrue();
    }

    @Test
    void aFastLinkIsGivenNothingPacked() {
        assertThat(choice.tryNext(blob(1), LIMIT, LIMIT)).isFalse();
        assertThat(choice.tryNext(blob(1), 0, LIMIT)).as("of a rate that is not known").isTrue();
    }

    @Test
    void whatWasLearnedOfASmallBlobLastsWhileACrowdAsksForHundreds() {
        for (int number = 0; number < 500; number++) {
            assertThat(isTried(blob(number))).isTrue();
            choice.tried(blob(number), false);
        }

        for (int number = 0; number < 500; number++) {
            assertThat(isTried(blob(number))).as("the second node's turn").isFalse();
        }
    }
}
