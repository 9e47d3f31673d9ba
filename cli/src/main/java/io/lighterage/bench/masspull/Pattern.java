package io.lighterage.bench.masspull;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/** Who pulls when, and what goes wrong meanwhile. */
public sealed interface Pattern {
    /** As users write it. */
    String name();

    /** Every host begins at the same instant. */
    record FlashCrowd() implements Pattern {
        @Override
        public String name() {
            return "flash-crowd";
        }
    }

    /**
     * Hosts begin in batches.
     *
     * @param batch hosts that begin at once
     * @param unavailable hosts that may be pulling at any time; a batch begins as soon as it keeps to that
     */
    record Rollout(int batch, int unavailable) implements Pattern {
        public Rollout {
            require(batch >= 1, "batch: " + batch + " is not 1 or more");
            require(unavailable >= batch, "max-unavailable: " + unavailable + " is less than a batch, " + batch);
        }

        @Override
        public String name() {
            return "rollout";
        }
    }

    /**
     * All hosts have an image already that shares layers with the one that is measured.
     *
     * @param shared number of the image's layers that they have
     */
    record SecondImage(int shared) implements Pattern {
        public SecondImage {
            require(shared >= 1, "shared-layers: " + shared + " is not 1 or more");
        }

        @Override
        public String name() {
            return "second-image";
        }
    }

    /**
     * Half of the hosts begin at once, the others one after the other; meanwhile an eighth of all, at least one,
     * leaves.
     */
    record JoinLeave() implements Pattern {
        @Override
        public String name() {
            return "join-leave";
        }
    }

    /**
     * One host's link is narrower.
     *
     * @param factor by so much, 2 to 1000
     */
    record SlowHost(int factor) implements Pattern {
        public SlowHost {
            require(factor >= 2 && factor <= 1000, "slow-factor: " + factor + " is not from 2 to 1000");
        }

        @Override
        public String name() {
            return "slow-host";
        }
    }

    /** One host's cable is pulled in the middle: nobody is told. */
    record DeadHost() implements Pattern {
        @Override
        public String name() {
            return "dead-host";
        }
    }

    /** In the middle the supernode is killed, loses all that it had on disk, and is started again. */
    record SupernodeRestart() implements Pattern {
        @Override
        public String name() {
            return "supernode-restart";
        }
    }
}
